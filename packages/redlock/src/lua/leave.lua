-- leave: end a waiter's place in the lines of the resources.
--
-- KEYS  lock key 1..count, then fence key 1..count
-- ARGV  count, 1, waiter
--
-- Replies
--   1                          done, also when it stood in no line
--   an error
--
-- A resource that is free may have been offered to the one who leaves: the next in line is called.

local function leave(first, count, _, spec, at)
  local waiter = sub(spec, at)
  for i = 0, count - 1 do
    local key, fenceKey = KEYS[first + i], KEYS[first + count + i]
    local places = readLine(fenceKey, waiter)
    if places then
      writeLine(fenceKey, places)
      if places[1] and not holderOf(key) then announce(key, places[1].waiter, format('%.0f', readFence(fenceKey))) end
    end
  end
  return 1
end
