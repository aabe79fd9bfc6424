-- keep: end a token as release does, but leave its keys taken for a while, by nobody.
--
-- KEYS  lock key 1..count, then, when T is not 0, fence key 1..count
-- ARGV  count, T, keep ms, flags, bury ms, token
--       with a place: count, T, keep ms, flags, bury ms, ticket, waiter, token     (flags as of release)
--
-- Replies
--   number of lock keys kept
--   an error
--
-- A kept key holds "kept <T>", which is nobody's token: no extend lengthens it, no release ends it, and a late acquire or
-- heal of T is refused, by it and by the tombstone that is left beside it.

local function keep(first, count, fence, spec, at, following)
  local keepMs, flags, buryMs, keptCount
  keepMs, at = wordAt(spec, at)
  flags, buryMs, at = twoWordsAt(spec, at)
  local tokenAt = at
  if tonumber(flags) >= 4 then
    local _
    _, _, tokenAt = twoWordsAt(spec, at)
  end
  if fence ~= '0' then refuseWhileMoved(KEYS[first + count]) end
  local token, last = sub(spec, tokenAt), fence == '0' and count or count * 2
  local values = call('MGET', unpack(KEYS, first, first + last - 1))
  keptCount = 0
  for i = 1, count do
    if values[i] == token then
      values[i] = 'kept ' .. fence
      call('SET', KEYS[first + i - 1], values[i], 'PX', keepMs)
      keptCount = keptCount + 1
    end
  end
  releaseContended(first, count, tonumber(fence), tonumber(flags), tonumber(buryMs), spec, at, values, following)
  return keptCount
end
