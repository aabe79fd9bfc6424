-- beside: what is held together with others, shared or as some of K permits; see holders.lua for what is kept. KEYS: as
-- of the verb.
--
-- ARGV  count, T, terms, verb, and then what the verb has behind its T (a, w, h, e, r, k as in dispatcher.lua; s share,
--       with e's arguments)
--       terms: "s<index from 0>,..." which keys are shared, the others being exclusive; of permits "p<of>,<weight>,<start>"
--       to be chosen, "n<slot>,..." those that it has
--
-- Replies
--   1, 2, the clock, a number  as of the verb
--   {"slots", fence, slot, ...} of an acquire of permits: the highest T now, and which it has, also when it had them before.
--                              A number whose latest T is not below ours is passed by: under a T above all, nodes that
--                              know different holders of before give the same
--   {"held", ...}              as of acquire; of permits that are all taken, until the first of them ends
--   {"stale", fence}           T is not above base, or not above the latest holder of enough free numbers; the token is
--                              buried; of a heal: another has one of the numbers, and the token's other ones are given up
--   {"lost", index from 0}     as of extend; of permits also where the token has other numbers
--   an error
--
-- A reader is above all earlier writers (T > base) and below all later ones (F >= T), and in no order among readers. A
-- permit is above the latest holder of its number.

local function ownBeside(verb, spec, at, first, count, fenceText)
  return ownOf(verb .. sub(spec, at), 2, first, count, fenceText)
end

-- The first resource for which another is before us in line and cannot be beside us, and who.
local function elderBeside(sides, own)
  for i, side in ipairs(sides) do
    local from, taken = 0, side.wanted or 0
    for _ = 1, mostLooks do
      local place
      place, from = firstPlace(side.fence, side.key, from)
      if not place or (own.ticket and (place.waiter == own.waiter or isBefore(own, place))) then break end
      local weight = match(place.how, '^p(%d+)')
      taken = taken + (tonumber(weight) or 0)
      local isBeside = (side.mode == 'shared' and isSharing(place, side.key)) or (side.mode == 'permits' and weight and taken <= side.freeCount)
      if not isBeside then return i, place end
      from = from + 1
    end
  end
end

-- Of a key of another type MGET tells nothing, and SET would replace it.
local function refuseForeign(side)
  for key, text in pairs({ [side.key] = side.value or '', [side.fence.key] = side.fence.text or '' }) do
    if text == '' and call('EXISTS', key) == 1 then refuseKind(key) end
  end
end

local function acquireBeside(first, count, fenceText, terms, verb, spec, at)
  local proposed, isHeal = tonumber(fenceText), verb == 'h'
  if proposed > latestFence then
    error('AHEAD the fencing token ' .. fenceText .. ' is more than a day ahead of this node\'s clock', 0)
  end
  local own = ownBeside(verb, spec, at, first, count, fenceText)
  local sides, fences, highest, buried = sidesOf(first, count, own.token, terms), {}, 0, 0
  local heldIndex, isOurs, isBuried, isStale = nil, true, false, false
  for i, side in ipairs(sides) do
    refuseForeign(side)
    fences[i] = side.fence
    highest = math.max(highest, side.fence.highest)
    if isBuriedIn(side, own.token) then isBuried = true end
    if not side.isOurs then isOurs = false end
    if side.isOthers and not heldIndex then heldIndex = i end
    if not side.isOurs and not isHeal and proposed <= (side.base or side.fence.highest) then isStale = true end
    if side.mode == 'exclusive' then
      buried = math.max(buried, side.fence.buried)
      if proposed < side.fence.highest or proposed <= side.fence.buried then isStale = true end
    end
  end
  if isBuried then return { 'stale', highest } end
  if heldIndex then
    local side = sides[heldIndex]
    return refuse(fences, own, heldIndex, call('PTTL', side.key), highest, shownToken(side.value))
  end
  if terms.kind == 'p' or terms.kind == 'n' then
    local side = sides[1]
    if not chooseSlots(side, terms, proposed, own.token, isHeal) then
      if isHeal then
        dropHold(side, own.token)
        return { 'stale', highest }
      end
      if side.freeCount >= side.wanted then return { 'stale', highest } end
      return refuse(fences, own, 1, soonestEnd(side), highest, shownToken(side.value))
    end
  end
  if not isOurs and not isHeal then
    local index, elder = elderBeside(sides, own)
    if elder then
      -- Called once more, as in contended.lua; but not who waits for the end of all that others hold.
      if not sides[index].value or find(elder.how, 'p', 1, true) then tell(sides[index].key, elder.waiter, '') end
      return refuse(fences, own, index, elder.keptUntil - nowMs(), highest, '')
    end
  end
  if isStale then return { 'stale', math.max(highest, buried) } end
  for _, side in ipairs(sides) do holdBeside(side, own.token, tonumber(own.ttl), fenceText) end
  for _, fence in ipairs(fences) do
    if own.ticket then leaveLine(fence, own) end
    noteEmptied(fence)
    fence.highest = math.max(fence.highest, proposed)
    -- Never shortened: another who holds it may need it for longer.
    writeFence(fence, tonumber(own.fenceTtl))
  end
  if terms.kind == 'p' then
    local answer = { 'slots', fences[1].highest }
    for _, slot in ipairs(sides[1].chosen) do answer[#answer + 1] = slot end
    return answer
  end
  return own.asksClock and clockUs() or 1
end

local function extendBeside(first, count, fenceText, terms, verb, spec, at)
  local ttl, retention, tokenAt = twoWordsAt(spec, at)
  local token = sub(spec, tokenAt)
  ttl, retention = tonumber(ttl), tonumber(retention)
  local sides, answer = sidesOf(first, count, token, terms), 1
  for i, side in ipairs(sides) do
    if not side.isOurs or (side.isConverted and verb == 'e') then return { 'lost', i - 1 } end
    if terms.kind == 'n' and not hasSlots(side, terms.numbers, token) then return { 'lost', i - 1 } end
  end
  for _, side in ipairs(sides) do
    local isNew, proposed = side.isConverted, tonumber(fenceText)
    -- As in extend.lua, and before a period begins above it.
    if proposed <= latestFence then side.fence.highest = math.max(side.fence.highest, proposed) end
    local life = lengthenBeside(side, token, ttl)
    lengthenFence(side.fence, life + retention)
    if side.fence.hasLine then
      if isNew then callReaders(side.key, side.fence, 0) end
      if wantsBeside(side) then answer = 2 end
    end
  end
  return answer
end

local function releaseBeside(first, count, fenceText, terms, verb, spec, at)
  local keepMs, flags, buryMs, own = nil, nil, nil, nil
  if verb == 'k' then keepMs, at = wordAt(spec, at) end
  flags, buryMs, at = twoWordsAt(spec, at)
  flags, buryMs = tonumber(flags), tonumber(buryMs)
  if flags >= 4 then
    own = {}
    own.ticket, own.waiter, at = twoWordsAt(spec, at)
  end
  local token, ended, doneCount = sub(spec, at), tonumber(fenceText), 0
  for _, side in ipairs(sidesOf(first, count, token, terms)) do
    local fence, wasOurs = side.fence, side.isOurs
    local freed = endBeside(side, token, fenceText, keepMs)
    if wasOurs then doneCount = doneCount + 1 end
    fence.lifeMs = 0
    if flags % 2 == 1 or not wasOurs then
      buryIn(side, token, buryMs)
      -- What was shared later may have a plain acquire under way, which looks at the fence alone. It refuses no reader.
      if side.mode ~= 'permits' and ended <= latestFence and fence.buried < ended then
        fence.buried, fence.lifeMs = ended, buryMs
      end
    end
    local hasLeft = own and leaveLine(fence, own)
    local isTold = false
    if fence.hasLine and not keepMs then
      -- Of a reader who gives up and had nothing here, the others were called when the key was freed: thousands who give up at
      -- once would each call all the rest.
      if side.isFree then isTold = handOver(side.key, fence, ended, nil, side.mode == 'shared' and not wasOurs)
      elseif side.mode == 'permits' and wasOurs then callPermits(side, freed, 0, 0)
      elseif hasLeft and side.mode ~= 'shared' then callBehind(side) end
    end
    noteEmptied(fence)
    if fence.lifeMs > 0 or (fence.text and textOf(fence) ~= fence.text) then keepFence(fence, fence.lifeMs) end
    if side.isFree and wasOurs and not keepMs and math.floor(flags / 2) % 2 == 1 and not isTold then
      redis.pcall('PUBLISH', side.key .. ':released', '')
    end
  end
  return doneCount
end

local function beside(first, count, fenceText, spec, at)
  local termsText, verb
  termsText, verb, at = twoWordsAt(spec, at)
  refuseWhileMoved(KEYS[first + count])
  local terms = { kind = sub(termsText, 1, 1), numbers = {}, isShared = {} }
  for number in string.gmatch(sub(termsText, 2), '%d+') do
    terms.numbers[#terms.numbers + 1] = tonumber(number)
    terms.isShared[tonumber(number)] = terms.kind == 's'
  end
  if verb == 'e' or verb == 's' then return extendBeside(first, count, fenceText, terms, verb, spec, at) end
  if verb == 'r' or verb == 'k' then return releaseBeside(first, count, fenceText, terms, verb, spec, at) end
  return acquireBeside(first, count, fenceText, terms, verb, spec, at)
end

return { verb = beside, callReaders = callReaders, callPermits = callPermits, holdersText = holdersText }
