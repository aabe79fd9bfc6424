-- The line of a resource: who waits for it, in order. Kept only while somebody waits, and only with fencing.
--
-- One text beside the fence key, "...:line" for "...:fence": a line of text per place, "<ticket> <waiter> <kept until>",
-- lowest ticket first. Tickets have 16 digits, so that places sort as text; kept until is in ms of this node's clock. A
-- place that is over belongs to a dead waiter, or to one that has forgotten this node.
--
-- A line only ever adds a reason to refuse. A node that lost it, or knows fewer waiters than others, lets somebody in
-- out of turn, and nobody twice.

local mostPlaces = 1000

-- The live places in order, without those of `leaver`; nil when there is no line.
local function readLine(fenceKey, leaver)
  local text = call('GET', lineKey(fenceKey))
  if not text then return nil end
  local places = {}
  for rank, waiter, keptUntil in string.gmatch(text, '(%d+ (%S+)) (%d+)\n') do
    keptUntil = tonumber(keptUntil)
    if keptUntil > nowMs() and waiter ~= leaver then
      places[#places + 1] = { rank = rank, waiter = waiter, keptUntil = keptUntil }
    end
  end
  return places
end

-- Out of memory the line stays as it was: the waiter then asks by itself, or its place ends.
local function writeLine(fenceKey, places)
  if #places == 0 then
    call('DEL', lineKey(fenceKey))
    return true
  end
  local texts, latest = {}, 0
  for i, place in ipairs(places) do
    texts[i] = place.rank .. ' ' .. format('%.0f', place.keptUntil) .. '\n'
    if place.keptUntil > latest then latest = place.keptUntil end
  end
  local reply = redis.pcall('SET', lineKey(fenceKey), table.concat(texts), 'PX', latest - nowMs())
  return not reply.err
end

-- Takes or renews a place among the `places` of others; answers how many are before it, -1 when there is no room.
local function stand(fenceKey, places, own)
  if #places >= mostPlaces then return -1 end
  local at = 1
  while places[at] and places[at].rank < own.rank do at = at + 1 end
  table.insert(places, at, { rank = own.rank, waiter = own.waiter, keptUntil = nowMs() + own.keepMs })
  return writeLine(fenceKey, places) and at - 1 or -1
end

-- A waiter's own place, from the arguments of an operation, and where its next one begins.
local function placeAt(spec, at)
  local keepMs, ticket, waiter
  keepMs, ticket, at = twoWordsAt(spec, at)
  waiter, at = wordAt(spec, at)
  return { rank = ticket .. ' ' .. waiter, waiter = waiter, keepMs = tonumber(keepMs) }, at
end

-- Calls a waiter on the channel of its process, or with "" everybody on the common one; tells the fencing token that
-- the next one must pass. A waiter's name is "<process>.<number>": on one channel each call would wake every process.
-- Without the permission to publish, waiters sleep until their back-off.
local function announce(lockKey, waiter, fenceText)
  local channel = lockKey .. ':released'
  if waiter ~= '' then channel = channel .. ':' .. match(waiter, '^[^.]*') end
  redis.pcall('PUBLISH', channel, waiter .. ' ' .. fenceText)
end
