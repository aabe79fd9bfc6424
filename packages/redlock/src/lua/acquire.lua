-- acquire, heal: hold every resource, or change nothing.
--
-- KEYS  lock key 1..count, then, when T is not 0, fence key 1..count
-- ARGV  count, T, ttl ms, fence ttl ms, token     (behind the verb's letter, see dispatcher.lua)
--       of "w", an acquire that waits in line: count, T, ttl ms, fence ttl ms, keep ms, ticket, waiter, token
--
-- Replies
--   1                          done; the waiter's place in the lines has ended
--   {"held", index from 0, PTTL, highest fence, ahead, holder}
--                              a lock key holds another token; PTTL is -1 for a key that never ends. Or it is free, and
--                              another is before us in line: then PTTL is what that one's place has left.
--                              ahead: how many are before us in that resource's line, -1 when we do not stand there.
--                              holder: the other token without its secret, as shownToken; "" where another is before us
--   {"stale", fence}           a fence has reached T
--   an error                   WRONGTYPE, OOM, T too far ahead ...; whatever was set is rolled back by a release
--
-- The fence is read before anything is set, so that a fence key of the wrong kind leaves nothing behind. One resource
-- that is free, and waited for by nobody, is then taken by a single SET NX, which also cannot overwrite data of another
-- type. A heal is no newcomer, and does not look at the lines.

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

-- The line of each resource without ourselves, and the first resource that another is before us in line for.
local function readLines(firstFence, count, own)
  local lines, elderIndex = {}, nil
  for i = 0, count - 1 do
    local places = readLine(KEYS[firstFence + i], own and own.waiter)
    lines[i] = places
    if not elderIndex and places and places[1] and not (own and own.rank < places[1].rank) then elderIndex = i end
  end
  return lines, elderIndex
end

-- Stands in every line, if `own` says where; answers how many are before it in the line of resource `index`.
local function standInAll(firstFence, lines, own, count, index)
  local ahead = -1
  if own then
    for i = 0, count - 1 do
      local before = stand(KEYS[firstFence + i], lines[i] or {}, own)
      if i == index then ahead = before end
    end
  end
  return ahead
end

local function acquireOrHeal(first, count, fence, ttl, fenceTtl, token, isHeal, own)
  local firstFence = first + count
  local isFenced = fence ~= '0'
  local proposed, highest, isStale, isHigher = 0, 0, false, true
  local lines, elderIndex = {}, nil
  if isFenced then
    proposed = tonumber(fence)
    if proposed > latestFence() then
      error('AHEAD the fencing token ' .. fence .. ' is more than a day ahead of this node\'s clock', 0)
    end
    highest = highestFence(firstFence, count)
    isHigher = highest < proposed
    isStale = highest > proposed or (highest == proposed and not isHeal)
    if not isHeal then lines, elderIndex = readLines(firstFence, count, own) end
  end
  if count == 1 and isHigher and not elderIndex and call('SET', KEYS[first], token, 'NX', 'PX', ttl) then
    if isFenced then call('SET', KEYS[firstFence], fence, 'PX', fenceTtl) end
    if lines[0] then writeLine(KEYS[firstFence], lines[0]) end
    return 1
  end
  local ours, oursCount = {}, 0
  for i = 0, count - 1 do
    local holder = call('GET', KEYS[first + i])
    if holder == token then
      ours[i] = true
      oursCount = oursCount + 1
    elseif holder then
      local ahead = standInAll(firstFence, lines, own, count, i)
      return { 'held', i, call('PTTL', KEYS[first + i]), highest, ahead, shownToken(holder) }
    end
  end
  if elderIndex and oursCount < count then
    local elder = lines[elderIndex][1]
    -- Called once more: the first call may have been lost. Before stale: who is not next need not bid.
    announce(KEYS[first + elderIndex], elder.waiter, format('%.0f', highest))
    local ahead = standInAll(firstFence, lines, own, count, elderIndex)
    return { 'held', elderIndex, elder.keptUntil - nowMs(), highest, ahead, '' }
  end
  if isStale and oursCount < count then return { 'stale', highest } end
  for i = 0, count - 1 do
    hold(KEYS[first + i], token, ttl, ours[i])
    if isFenced then raiseFence(KEYS[firstFence + i], fence, fenceTtl, proposed) end
    if lines[i] then writeLine(KEYS[firstFence + i], lines[i]) end
  end
  return 1
end

local function acquire(first, count, fence, spec, at)
  local ttl, fenceTtl, tokenAt = twoWordsAt(spec, at)
  return acquireOrHeal(first, count, fence, ttl, fenceTtl, sub(spec, tokenAt), false)
end

local function acquireInLine(first, count, fence, spec, at)
  local ttl, fenceTtl, placedAt = twoWordsAt(spec, at)
  local own, tokenAt = placeAt(spec, placedAt)
  return acquireOrHeal(first, count, fence, ttl, fenceTtl, sub(spec, tokenAt), false, own)
end
