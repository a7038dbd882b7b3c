select seq, type, at, data, totals from sk.feed_events where feed = ${feed} and seq > ${since} order by seq limit ${limit}
