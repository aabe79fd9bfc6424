-- extend: let every lock key that is ours live at least ttl more.
--
-- KEYS  lock key 1..count, then, when T is not 0, fence key 1..count
-- ARGV  count, T, ttl ms, fence retention ms, token
--
-- Replies
--   1                          done
--   2                          done, and somebody stands in line for one of them
--   {"lost", index from 0}     a lock key does not hold the token; nothing was changed
--   an error
--
-- Only PTTL and PEXPIRE: they work on a node that is out of memory, where SET does not. A life is never shortened,
-- because a late extend must not cut what a later one gave. Not even one that is longer than was ever asked for, as after
-- a step back of the node's clock: who sent a late extend cannot know what was asked for since, perhaps by another
-- process that took the lock over.

local function extend(first, count, fence, spec, at)
  local ttl, retention, tokenAt = twoWordsAt(spec, at)
  local token = sub(spec, tokenAt)
  local isFenced = fence ~= '0'
  ttl, retention = tonumber(ttl), tonumber(retention)
  local last = isFenced and count * 2 or count
  local values = call('MGET', unpack(KEYS, first, first + last - 1))
  for i = 1, count do
    if values[i] ~= token then return { 'lost', i - 1 } end
  end
  local answer = 1
  for i = 0, count - 1 do
    local life = call('PTTL', KEYS[first + i])
    if life < ttl then
      life = ttl
      call('PEXPIRE', KEYS[first + i], ttl)
    end
    -- What is no fence is somebody else's, and would end with the time to live that it gets here.
    if isFenced and find(values[count + i + 1] or '', '^%d[%d ]*%+?$') then
      local fenceKey = KEYS[first + count + i]
      if call('PTTL', fenceKey) < life + retention then call('PEXPIRE', fenceKey, life + retention) end
      if find(values[count + i + 1], '+', 1, true) and call('EXISTS', lineKey(fenceKey)) == 1 then answer = 2 end
    end
  end
  return answer
end
