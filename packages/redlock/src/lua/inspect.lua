-- inspect: who holds the resources, and for how long; changes nothing.
--
-- KEYS  lock key 1..count, then fence key 1..count
-- ARGV  count, 1, nothing
--
-- Replies
--   {"holders", token, PTTL, fence, waiters, beside, ...}  per resource: token "" and PTTL 0 when it is free, PTTL -1
--                                                          when the key never ends, fence 0 when there is none, how
--                                                          many stand in its line; who holds it together, as
--                                                          holdersText of call-beside.lua, "" in the other mode
--   an error

local function inspect(first, count)
  local answer = { 'holders' }
  for i = 0, count - 1 do
    local key, fenceKey = KEYS[first + i], KEYS[first + count + i]
    local holder = call('GET', key)
    local fence = readFence(fenceKey, call('GET', fenceKey))
    answer[#answer + 1] = holder or ''
    answer[#answer + 1] = holder and call('PTTL', key) or 0
    answer[#answer + 1] = fence.highest
    local waiters = fence.hasLine and redis.pcall('ZCARD', lineKey(fenceKey)) or 0
    answer[#answer + 1] = type(waiters) == 'number' and waiters or 0
    local mode = holder and match(holder, '^(%l+) %d+$')
    local isBeside = mode == 'shared' or mode == 'permits'
    answer[#answer + 1] = isBeside and besideParts().holdersText({ key = key, fence = fence, mode = mode, base = 0 }) or ''
  end
  return answer
end
