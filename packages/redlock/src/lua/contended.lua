-- acquire and heal where something is not as usual: a key is held, a fence is high, somebody waits. KEYS and ARGV: see
-- acquire.lua.
--
-- Replies
--   1                          done
--   {"held", index from 0, PTTL, highest fence, ahead, holder, clock}
--                              a lock key holds another token; PTTL is -1 for a key that never ends. Or it is free, and
--                              another is before us in line: then PTTL is what that one's place has left.
--                              ahead: how many are before us in that resource's line, -1 when we do not stand there.
--                              holder: the other token without its secret, as shownToken; "" where another is before us.
--                              clock: this node's, in µs
--   {"stale", fence}           a fence has reached T, or T was buried. Of keys that are all ours: they are, under that fence
--   an error                   WRONGTYPE, OOM, T too far ahead ...; whatever was set is rolled back by a release

-- Ends an acquire that met a key of another type halfway.
local function undo(first, last, token, values)
  for i = 0, last do
    if not values[i + 1] and redis.pcall('GET', KEYS[first + i]) == token then call('DEL', KEYS[first + i]) end
  end
  error('WRONGTYPE the key ' .. KEYS[first + last] .. ', or its fence, holds the wrong kind of value', 0)
end

local function ownOf(spec, at, first, count, fence)
  local own = { fence = fence, keys = {} }
  own.ttl, own.fenceTtl, at = twoWordsAt(spec, at)
  if sub(spec, 1, 1) == 'w' then
    local keepMs
    keepMs, own.ticket, at = twoWordsAt(spec, at)
    own.keepMs = tonumber(keepMs)
    own.waiter, own.number, at = twoWordsAt(spec, at)
    own.claimMs, at = wordAt(spec, at)
    if tonumber(own.ticket) == 0 then own.ticket, own.asksClock = nil, true end
    local isSharer = find(own.claimMs, 's', 1, true)
    for i = 1, count > 1 and (isSharer and count * 2 or count) or 0 do own.keys[i] = KEYS[first + i - 1] end
  end
  own.token = sub(spec, at)
  return own
end

-- The first resource for which another is before us in line, and who.
local function elderOf(first, fences, own)
  for i, fence in ipairs(fences) do
    local place = firstPlace(fence, KEYS[first + i - 1], 0)
    if place and place.waiter ~= own.waiter and not (own.ticket and isBefore(own, place)) then return i, place end
  end
end

-- Stands in every line, if it has a rank; the refusal, for resource `index` from 1.
local function refuse(fences, own, index, life, highest, holder)
  local ahead = -1
  for i, fence in ipairs(fences) do
    if own.ticket and own.keepMs > 0 then
      local before = stand(fence, own)
      if i == index then ahead = before end
    end
  end
  return { 'held', index - 1, life, highest, ahead, holder, clockUs() }
end

local function acquireContended(first, count, fenceText, spec, at, values)
  local proposed = tonumber(fenceText)
  local isFenced, isHeal = proposed > 0, sub(spec, 1, 1) == 'h'
  if proposed > latestFence then
    error('AHEAD the fencing token ' .. fenceText .. ' is more than a day ahead of this node\'s clock', 0)
  end
  local own = ownOf(spec, at, first, count, fenceText)
  local fences, highest, buried = {}, 0, 0
  for i = 1, isFenced and count or 0 do
    fences[i] = readFence(KEYS[first + count + i - 1], values[count + i])
    highest, buried = math.max(highest, fences[i].highest), math.max(buried, fences[i].buried)
  end
  local oursCount, heldIndex = 0, nil
  for i = count, 1, -1 do
    if values[i] == own.token then oursCount = oursCount + 1 elseif values[i] then heldIndex = i end
  end
  local isStale = isFenced and (proposed < highest or proposed <= buried)
  if isFenced and proposed <= buried then return { 'stale', math.max(highest, buried) } end
  if heldIndex then
    return refuse(fences, own, heldIndex, call('PTTL', KEYS[first + heldIndex - 1]), highest, shownToken(values[heldIndex]))
  end
  if oursCount < count and not isHeal then
    local index, elder = elderOf(first, fences, own)
    if elder then
      -- Called once more: the first call may have been lost. Before stale: who is not next need not bid.
      tell(KEYS[first + index - 1], elder.waiter, '')
      return refuse(fences, own, index, elder.keptUntil - nowMs(), highest, '')
    end
    isStale = isStale or (isFenced and proposed == highest)
  end
  if isStale then return { 'stale', highest } end
  for _, fence in ipairs(fences) do
    if own.ticket then leaveLine(fence, own) end
    noteEmptied(fence)
    -- The fence refuses what is older where the key is free, but not who would only stand in line. Tokens are as old as
    -- the clocks that they were read from.
    if not fence.hasLine and fence.buried + tonumber(own.fenceTtl) * 1000 < proposed then fence.buried = 0 end
    fence.isRaised = fence.highest < proposed
    fence.highest = proposed
  end
  local done = take(first, count, own.token, own.ttl, fenceText, own.fenceTtl, values, fences)
  return own.asksClock and clockUs() or done
end
