-- inspect: who holds the resources, and for how long; changes nothing.
--
-- KEYS  lock key 1..count, then fence key 1..count
-- ARGV  count, 1, nothing
--
-- Replies
--   {"holders", token, PTTL, fence, waiters, token, ...}   per resource: token "" and PTTL 0 when it is free, PTTL -1
--                                                          when the key never ends, fence 0 when there is none, how
--                                                          many stand in its line
--   an error

local function inspect(first, count)
  local answer = { 'holders' }
  for i = 0, count - 1 do
    local key = KEYS[first + i]
    local holder = call('GET', key)
    answer[#answer + 1] = holder or ''
    answer[#answer + 1] = holder and call('PTTL', key) or 0
    answer[#answer + 1] = readFence(KEYS[first + count + i])
    answer[#answer + 1] = #(readLine(KEYS[first + count + i]) or {})
  end
  return answer
end
