-- What is made when something is not as usual: a key is held, somebody waits, a verb is neither acquire nor release.

-- Redis 7 raises tables, Redis 6 text that begins with the place in the script.
local function messageOf(raised)
  local message = type(raised) == 'table' and raised.err or tostring(raised)
  return (string.gsub(string.gsub(message, '^@?user_script:%s?%d+:%s?', ''), '^-', ''))
end

local function verbOf(letter)
  return letter == 'b' and besideParts().verb or otherVerbs()[letter]
end

return {
  undo = undo, raiseFence = raiseFence, acquireContended = acquireContended, releaseContended = releaseContended,
  verbOf = verbOf, otherVerbs = otherVerbs, messageOf = messageOf
}
