-- The line of a resource: who waits for it, in order. Kept only while somebody waits, and only with fencing.
--
-- A sorted set beside the fence key, "...:line" for "...:fence". Every score is 0, so that the members are sorted as
-- text and a call costs no more with a thousand of them than with eight. A place is
--
--   <ticket> <waiter> <kept until> <number> <claim ms> <T> <fence ttl ms> <length>:<token>
--
-- and behind the claim, which is then 0, "s" of who would share it ("s<index from 0>/..." of who would share some), "p<weight>/<of>" of who wants permits;
-- and of a waiter for several resources, whose claim is 0, " <length>:<lock key>" for each of them behind that, and where
-- it would share some then the same for their fence keys. Tickets have 16 digits; kept until is in ms of this node's clock. The number tells the waiter which of its sends made the place.
--
-- A line only ever adds a reason to refuse. A node that lost it, or knows fewer waiters than others, lets somebody in
-- out of turn, and nobody twice. Who waits for several keeps nobody waiting unless it could have all of them now: it may
-- be waiting for one that the other holds.

local mostPlaces = 4096
-- How many places one call looks at: it ends those that are over, and passes those whose turn it cannot be.
local mostLooks = 16

local function lineKey(fenceKey)
  return sub(fenceKey, 1, -6) .. 'line'
end

local function lengthThen(text)
  return format('%.0f', #text) .. ':' .. text
end

local function memberOf(own)
  local words = { own.ticket, own.waiter, format('%.0f', nowMs() + own.keepMs), own.number, own.claimMs, own.fence, own.fenceTtl }
  local member = table.concat(words, ' ') .. ' ' .. lengthThen(own.token)
  for _, key in ipairs(own.keys) do member = member .. ' ' .. lengthThen(key) end
  return member
end

-- The place that a member is; nil when it is somebody else's data.
local function placeOf(member)
  local ticket, waiter, keptUntil, number, claimMs, how, fence, fenceTtl, length, at =
    match(member, '^(%d+) (%S+) (%d+) (%d+) (%d+)([sp]?[%d/]*) (%d+) (%d+) (%d+):()')
  if not at then return nil end
  local keys = {}
  local place = {
    member = member, ticket = ticket, waiter = waiter, keptUntil = tonumber(keptUntil), number = number, claimMs = claimMs, how = how,
    fence = tonumber(fence), fenceTtl = tonumber(fenceTtl), token = sub(member, at, at + length - 1), keys = keys
  }
  at = at + length
  while at <= #member do
    length, at = match(member, '^ (%d+):()', at)
    if not at then return nil end
    keys[#keys + 1] = sub(member, at, at + length - 1)
    at = at + length
  end
  place.keyCount = sub(how, 1, 1) == 's' and #keys / 2 or #keys
  return place
end

local function isBefore(one, other)
  if one.ticket ~= other.ticket then return tonumber(one.ticket) < tonumber(other.ticket) end
  return one.waiter < other.waiter
end

-- Whether it would share this key: "s" of all its keys, or "s<index from 0>/..." of some.
local function isSharing(place, key)
  if place.how == 's' then return true end
  for index in string.gmatch(match(place.how, '^s(.*)') or '', '%d+') do
    if place.keys[tonumber(index) + 1] == key then return true end
  end
  return false
end

local function isShared(key)
  local text = redis.pcall('GET', key)
  return type(text) == 'string' and find(text, '^shared %d+$') ~= nil
end

local firstPlace, besideParts

-- Whether somebody stands before it who will not share this key, which others share now.
local function isKeptOut(place, key, fenceKey)
  local from = 0
  for _ = 1, mostLooks do
    local elder
    elder, from = firstPlace({ key = fenceKey, hasLine = true }, key, from, true)
    if not elder or not isBefore(elder, place) then return false end
    if not isSharing(elder, key) then return true end
    from = from + 1
  end
  return false
end

-- Whether all that it waits for is free, but for this key, or shared where it would share it and is let in. `isElder`:
-- whether they are let in themselves is not asked of those who keep others out.
local function isReady(place, freeKey, isElder)
  for i = 1, place.keyCount do
    local key = place.keys[i]
    if key ~= freeKey and call('EXISTS', key) == 1 then
      if not (isSharing(place, key) and isShared(key)) then return false end
      if not isElder and isKeptOut(place, key, place.keys[place.keyCount + i]) then return false end
    end
  end
  return true
end

-- The first place from number `from` on that is not over, and whose turn it can be once `key` is free; and its number.
function firstPlace(fence, key, from, isElder)
  if not fence.hasLine then return nil end
  for _ = 1, mostLooks do
    local members = redis.pcall('ZRANGE', lineKey(fence.key), from, from)
    local member = not members.err and members[1]
    local place = member and placeOf(member)
    if not place then return nil end
    if place.keptUntil <= nowMs() then
      call('ZREM', lineKey(fence.key), member)
    elseif isReady(place, key, isElder) then
      return place, from
    else
      from = from + 1
    end
  end
end

local function endPlace(fence, member)
  call('ZREM', lineKey(fence.key), member)
end

local function membersOf(fence, own)
  local rank = own.ticket .. ' ' .. own.waiter
  local members = redis.pcall('ZRANGEBYLEX', lineKey(fence.key), '[' .. rank .. ' ', '(' .. rank .. '!')
  return members.err and {} or members
end

-- Answers whether it stood there.
local function leaveLine(fence, own)
  if not fence.hasLine then return false end
  local members = membersOf(fence, own)
  for _, member in ipairs(members) do endPlace(fence, member) end
  return #members > 0
end

-- Whether what is kept under the line's name is a line, or nothing: it is never written to otherwise, nor deleted.
local function isLine(key)
  local kind = call('TYPE', key).ok
  if kind == 'none' then return true end
  return kind == 'zset' and placeOf(call('ZRANGE', key, 0, 0)[1]) ~= nil
end

-- Takes or renews a place; answers how many are before it, -1 when there is no room, or no memory.
local function stand(fence, own)
  local key = lineKey(fence.key)
  local known = membersOf(fence, own)
  if #known == 0 then
    if not isLine(key) then error('LINE the key ' .. key .. ' holds something that is no line of waiters', 0) end
    if call('ZCARD', key) >= mostPlaces then return -1 end
  end
  local member = memberOf(own)
  if type(redis.pcall('ZADD', key, 0, member)) == 'table' then return -1 end
  for _, old in ipairs(known) do
    if old ~= member then endPlace(fence, old) end
  end
  if call('PTTL', key) < own.keepMs then call('PEXPIRE', key, own.keepMs) end
  fence.hasLine = true
  writeFence(fence, own.keepMs)
  return call('ZRANK', key, member)
end

-- The text of a fence says so only while somebody may stand in the line.
local function noteEmptied(fence)
  if fence.hasLine and call('EXISTS', lineKey(fence.key)) == 0 then fence.hasLine = false end
end

-- Tells a waiter something on the channel of its process; answers how many heard it, nil without the permission. A
-- waiter's name is "<process>.<number>": on one channel each call would wake every process.
local function tell(lockKey, waiter, message)
  local heard = redis.pcall('PUBLISH', lockKey .. ':released:' .. match(waiter, '^[^.]*'), waiter .. message)
  return type(heard) == 'number' and heard or nil
end

local function infoOf(section)
  local text = redis.pcall('INFO', section)
  return type(text) == 'string' and text or ''
end

-- Nobody hears in a process that has ended. In a Cluster a subscriber may be connected to another server.
local function isGone(heard)
  return heard == 0 and find(infoOf('cluster'), 'cluster_enabled:0', 1, true) ~= nil
end

-- Calls a waiter; where that one is gone its place ends, or it would count for one who is coming. Answers whether it is not.
local function callAt(key, fence, place, message)
  local isThere = not isGone(tell(key, place.waiter, message))
  if not isThere then endPlace(fence, place.member) end
  return isThere
end
