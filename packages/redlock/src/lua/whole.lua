-- All that is not made before it is needed: the verbs by their letters, the description of the node (life.lua), and the
-- words of an error.

-- Redis 7 raises tables, Redis 6 text that begins with the place in the script.
local function messageOf(raised)
  local message = type(raised) == 'table' and raised.err or tostring(raised)
  return (string.gsub(string.gsub(message, '^@?user_script:%s?%d+:%s?', ''), '^-', ''))
end

return {
  h = heal, b = beside, e = extend, i = inspect, k = keep, n = notice, undo = undo, raiseFence = raiseFence, acquireContended = acquireContended, releaseContended = releaseContended,
  describeNode = describeNode, messageOf = messageOf
}
