-- Who is called, or waits, where several can hold a resource; and who holds it, for people. See holders.lua.

-- Calls all readers up to the first who is none, from place number `from` on.
local function callReaders(key, fence, from)
  for _ = 1, mostPlaces do
    local place
    place, from = firstPlace(fence, key, from)
    if not place or not isSharing(place, key) then return end
    if callAt(key, fence, place, '') then from = from + 1 end
  end
end

-- Calls the first in line who fit into what is free, and names the number that was freed. `sum`: of the weights of those
-- before place number `from`, who were called already.
local function callPermits(side, freed, from, sum)
  local _, _, taken = readSlots(side)
  for _ = 1, mostLooks do
    local place
    place, from = firstPlace(side.fence, side.key, from)
    if not place then return end
    local weight, of = match(place.how, '^p(%d+)/(%d+)$')
    if not weight then return end
    local freeCount = 0
    for slot = 0, tonumber(of) - 1 do if not taken[slot] then freeCount = freeCount + 1 end end
    if sum + tonumber(weight) > freeCount then return end
    if callAt(side.key, side.fence, place, freed and ' ' .. format('%.0f', freed) or '') then
      sum, freed, from = sum + tonumber(weight), nil, from + 1
    end
  end
end

-- Whether the first in line is somebody whom this hold keeps out.
local function wantsBeside(side)
  local place = firstPlace(side.fence, side.key, 0)
  return place ~= nil and not (side.mode == 'shared' and isSharing(place, side.key))
end

-- "<life ms> <numbers or -> <length>:<token>" of each who holds it, for people.
local function holdersText(side)
  local text, slotsOf = '', {}
  readable(side)
  if side.mode == 'permits' then
    local _, _, taken = readSlots(side)
    for slot, token in pairs(taken) do
      slotsOf[token] = slotsOf[token] or {}
      table.insert(slotsOf[token], slot)
    end
  end
  local found = call('ZRANGEBYSCORE', besideKey(side, 'holders'), '(' .. format('%.0f', nowMs()), '+inf', 'WITHSCORES', 'LIMIT', 0, 1024)
  for i = 1, #found, 2 do
    local slots = slotsOf[found[i]] or {}
    table.sort(slots)
    local life = format('%.0f', tonumber(found[i + 1]) - nowMs())
    text = text .. life .. ' ' .. (slots[1] and table.concat(slots, ',') or '-') .. ' ' .. lengthThen(found[i])
  end
  return text
end
