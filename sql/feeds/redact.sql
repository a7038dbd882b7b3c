update sk.feed_events set data = data || ${changes:json}
where feed = any(${feeds}) and type = ${type} and data ->> 'id' = ${id}
