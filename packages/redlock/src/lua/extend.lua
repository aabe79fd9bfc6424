-- extend: let every lock key that is ours live at least ttl more.
--
-- KEYS  lock key 1..count, then, when T is not 0, fence key 1..count
-- ARGV  count, T, ttl ms, longest ttl ms, fence retention ms, token
--
-- Replies
--   1                          done
--   {"lost", index from 0}     a lock key does not hold the token; nothing was changed
--   an error
--
-- Only PTTL and PEXPIRE: they work on a node that is out of memory, where SET does not. A life is never shortened,
-- because a late extend must not cut what a later one gave; but a life above the longest TTL that was ever asked for
-- can only come from a clock that stepped back, and would block the resource for hours.

local function extend(first, count, fence, spec, at)
  local ttl, longest, retention
  ttl, longest, at = twoWordsAt(spec, at)
  retention, at = wordAt(spec, at)
  local token = sub(spec, at)
  local isFenced = fence ~= '0'
  ttl, longest, retention = tonumber(ttl), tonumber(longest), tonumber(retention)
  for i = 0, count - 1 do
    if holderOf(KEYS[first + i]) ~= token then return { 'lost', i } end
  end
  for i = 0, count - 1 do
    local life = call('PTTL', KEYS[first + i])
    if life < ttl then
      life = ttl
      call('PEXPIRE', KEYS[first + i], ttl)
    elseif life > longest then
      life = longest
      call('PEXPIRE', KEYS[first + i], longest)
    end
    if isFenced then
      local fenceKey = KEYS[first + count + i]
      if call('PTTL', fenceKey) < life + retention then call('PEXPIRE', fenceKey, life + retention) end
    end
  end
  return 1
end
