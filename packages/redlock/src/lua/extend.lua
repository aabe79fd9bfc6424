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
--
-- A fence below T is raised, which does need memory: the node granted an earlier T of this token, or lost the fence. It is
-- about to be counted for T, and where others forget, it may be the one that has to refuse a lower one. Not to a T that no
-- acquire could pass (a day ahead).

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
    local fenceKey, text = KEYS[first + count + i], values[count + i + 1]
    if isFenced and text == fence then
      if call('PTTL', fenceKey) < life + retention then call('PEXPIRE', fenceKey, life + retention) end
    elseif isFenced then
      -- What is no fence is somebody else's, and would end with the time to live that it gets here.
      local isFence, known = pcall(readFence, fenceKey, text)
      if isFence then
        if tonumber(fence) <= latestFence then known.highest = math.max(known.highest, tonumber(fence)) end
        if known.highest > 0 then lengthenFence(known, life + retention) end
        if known.hasLine and call('EXISTS', lineKey(fenceKey)) == 1 then answer = 2 end
      end
    end
  end
  return answer
end
