-- release: delete the lock keys that hold the token, and announce it; bury what must not live again.
--
-- KEYS  lock key 1..count, then, when T is not 0, fence key 1..count
-- ARGV  count, T, flags (1: bury, 2: announce, 3: both, 0: neither), bury ms, token
--       of "b", of one who goes back in line: count, T, flags, bury ms, keep ms, ticket, waiter, token
--
-- Replies
--   number of lock keys deleted
--   an error
--
-- For each key that was deleted the first waiter in line is called, or when nobody stands there, everybody (see
-- line.lua); everybody with `announce` only: the roll-back of a lost round wakes no crowd, and not its own waiter.
--
-- The tombstone raises a fence to T + 1 for at least bury ms: with `bury`, or where the key was not ours. A T that no
-- acquire could pass (a day ahead) leaves none, or one broken clock would shut everybody out.

local function bury(fenceKey, fence, buryMs)
  local tombstone = fence + 1
  if fence > latestFence() or readFence(fenceKey) >= tombstone then return end
  local life = call('PTTL', fenceKey)
  if life < buryMs then life = buryMs end
  local reply = redis.pcall('SET', fenceKey, format('%.0f', tombstone), 'PX', life)
  -- Out of memory is no reason to fail: a late acquire is refused here for the same cause.
  if type(reply) == 'table' and reply.err and not find(reply.err, 'OOM', 1, true) then error(reply.err, 0) end
end

local function releaseAll(first, count, fenceText, flags, buryMs, token, own)
  local fence = tonumber(fenceText)
  local isBurying, isAnnounced = flags == '1' or flags == '3', flags == '2' or flags == '3'
  local deletedCount = 0
  for i = 0, count - 1 do
    local key, fenceKey = KEYS[first + i], KEYS[first + count + i]
    local isOurs = holderOf(key) == token
    if own then stand(fenceKey, readLine(fenceKey, own.waiter) or {}, own) end
    if isOurs then
      call('DEL', key)
      deletedCount = deletedCount + 1
      local places = fence > 0 and readLine(fenceKey)
      if places and places[1] then
        -- Who goes back in line and is first there knows that it is free. Called by a quorum that it cannot count, as
        -- its nodes were restarted just now, it would ask again at once, and again.
        if not own or places[1].waiter ~= own.waiter then announce(key, places[1].waiter, fenceText) end
      elseif isAnnounced then
        announce(key, '', fenceText)
      end
    end
    if fence > 0 and (isBurying or not isOurs) then bury(fenceKey, fence, tonumber(buryMs)) end
  end
  return deletedCount
end

local function release(first, count, fence, spec, at)
  local flags, buryMs, tokenAt = twoWordsAt(spec, at)
  return releaseAll(first, count, fence, flags, buryMs, sub(spec, tokenAt))
end

local function releaseBackInLine(first, count, fence, spec, at)
  local flags, buryMs, placedAt = twoWordsAt(spec, at)
  local own, tokenAt = placeAt(spec, placedAt)
  return releaseAll(first, count, fence, flags, buryMs, sub(spec, tokenAt), own)
end
