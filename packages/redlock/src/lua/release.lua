-- release: end a token. Delete the lock keys that hold it and hand each over to the first who waits for it; end its
-- waiter's places; bury what must not live again.
--
-- KEYS  lock key 1..count, then, when T is not 0, fence key 1..count
-- ARGV  count, T, flags (the sum of 1: bury, 2: announce, 4: a place follows), bury ms, token
--       with a place: count, T, flags, bury ms, ticket, waiter, token
--
-- Replies
--   number of lock keys deleted
--   an error
--
-- Who is handed a key, and who is only called, is told in line.lua. Where nobody stands in the line, everybody is called
-- with `announce`; without it nobody: the roll-back of a lost round wakes no crowd.
--
-- An acquire in line for the same key that follows in this call counts as if it had come before: a holder whose own
-- process has the next waiter sends both, and that one is passed by nobody who came later.

local function release(first, count, fence, spec, at, following)
  local last = fence == '0' and count or count * 2
  local flags, buryMs, tokenAt = twoWordsAt(spec, at)
  local values = call('MGET', unpack(KEYS, first, first + last - 1))
  local token, isPlain = sub(spec, tokenAt), flags == '2'
  for i = 1, count do
    local text = values[count + i]
    if values[i] ~= token or (text and find(text, '+', 1, true)) then isPlain = false end
  end
  if not isPlain then
    return whole().releaseContended(first, count, tonumber(fence), tonumber(flags), tonumber(buryMs), spec, tokenAt, values, following)
  end
  call('DEL', unpack(KEYS, first, first + count - 1))
  for i = first, first + count - 1 do redis.pcall('PUBLISH', KEYS[i] .. ':released', '') end
  return count
end
