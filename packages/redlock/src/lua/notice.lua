-- notice: tell who follows the locks that they have a new holder; changes nothing.
--
-- KEYS  lock key 1..count, then fence key 1..count
-- ARGV  count, 1, nothing
--
-- Replies
--   1                          done, also without the permission to publish

local function notice(first, count)
  for i = 0, count - 1 do redis.pcall('PUBLISH', KEYS[first + i] .. ':released', '*') end
  return 1
end
