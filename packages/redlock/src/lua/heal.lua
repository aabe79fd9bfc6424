-- heal: acquire on a node that lost the keys of a lock held elsewhere.
--
-- KEYS, ARGV, replies: as acquire, but a fence equal to T is the lock's own and does not refuse, and nobody in the lines
-- is looked at: a heal is no newcomer.
--
-- A heal for a lock that was released meanwhile meets the release's tombstone and is stale.

local function heal(first, count, fence, spec, at)
  local last = fence == '0' and count or count * 2
  return acquireContended(first, count, fence, spec, at, call('MGET', unpack(KEYS, first, first + last - 1)))
end
