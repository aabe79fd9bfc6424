-- The parts that are made only when one of their verbs is asked for, or somebody stands in line who would hold a key beside
-- others: most of what there is, and Lua makes each function anew in each call.

local makeBeside, makeOthers, besideKnown, othersKnown

function besideParts()
  besideKnown = besideKnown or makeBeside()
  return besideKnown
end

local function otherVerbs()
  othersKnown = othersKnown or makeOthers()
  return othersKnown
end
