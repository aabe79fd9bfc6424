-- The verbs by their letters, and the description of the node (life.lua).

return { e = extend, h = heal, i = inspect, k = keep, n = notice, describeNode = describeNode }
