-- heal: acquire on a node that lost the keys of a lock held elsewhere.
--
-- KEYS, ARGV, replies: as acquire, but a fence equal to T is the lock's own and does not refuse.
--
-- A heal for a lock that was released meanwhile meets the release's tombstone (T + 1) and is stale.

local function heal(first, count, fence, spec, at)
  local ttl, fenceTtl, tokenAt = twoWordsAt(spec, at)
  return acquireOrHeal(first, count, fence, ttl, fenceTtl, sub(spec, tokenAt), true)
end
