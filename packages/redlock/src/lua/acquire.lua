-- acquire, heal: hold every resource, or change nothing.
--
-- KEYS  lock key 1..count, then, when T is not 0, fence key 1..count
-- ARGV  count, T, ttl ms, fence ttl ms, token     (behind the verb's letter, see dispatcher.lua)
--
-- Replies
--   1                                          done
--   {"held", index from 0, PTTL, highest fence}   a lock key holds another token; PTTL is -1 for a key that never ends
--   {"stale", fence}                           a fence has reached T
--   an error                                   WRONGTYPE, OOM, T too far ahead ...; whatever was set is rolled back by a release
--
-- The fence is read before anything is set, so that a fence key of the wrong kind leaves nothing behind. One resource
-- that is free is then taken by a single SET NX, which also cannot overwrite data of another type.

local function highestFence(first, count)
  local highest = 0
  for i = first, first + count - 1 do
    local fence = readFence(KEYS[i])
    if fence > highest then highest = fence end
  end
  return highest
end

-- A key that is ours already keeps the longer of its two lives; so does its fence, which may be higher than T by now.
local function hold(key, token, ttl, isOurs)
  if isOurs then
    if call('PTTL', key) < tonumber(ttl) then call('PEXPIRE', key, ttl) end
  else
    call('SET', key, token, 'PX', ttl)
  end
end

local function raiseFence(key, fence, fenceTtl, proposed)
  if readFence(key) < proposed then
    call('SET', key, fence, 'PX', fenceTtl)
  elseif call('PTTL', key) < tonumber(fenceTtl) then
    call('PEXPIRE', key, fenceTtl)
  end
end

local function acquireOrHeal(first, spec, isHeal)
  local count, fence, ttl, fenceTtl, token = match(spec, '^.(%d+) (%d+) (%d+) (%d+) (.*)$')
  count = tonumber(count)
  local isFenced = fence ~= '0'
  local proposed, highest, isStale = 0, 0, false
  if isFenced then
    proposed = tonumber(fence)
    if proposed > latestFence() then
      error('AHEAD the fencing token ' .. fence .. ' is more than a day ahead of this node\'s clock', 0)
    end
    highest = highestFence(first + count, count)
    isStale = highest > proposed or (highest == proposed and not isHeal)
  end
  if count == 1 and not isStale and call('SET', KEYS[first], token, 'NX', 'PX', ttl) then
    if isFenced then call('SET', KEYS[first + 1], fence, 'PX', fenceTtl) end
    return 1
  end
  local ours, oursCount = {}, 0
  for i = 0, count - 1 do
    local holder = call('GET', KEYS[first + i])
    if holder == token then
      ours[i] = true
      oursCount = oursCount + 1
    elseif holder then
      return { 'held', i, call('PTTL', KEYS[first + i]), highest }
    end
  end
  if isStale and oursCount < count then return { 'stale', highest } end
  for i = 0, count - 1 do hold(KEYS[first + i], token, ttl, ours[i]) end
  if isFenced then
    for i = 0, count - 1 do raiseFence(KEYS[first + count + i], fence, fenceTtl, proposed) end
  end
  return 1
end

local function acquire(first, spec)
  return acquireOrHeal(first, spec, false)
end
