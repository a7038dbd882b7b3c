update sk.payouts set status = ${status}, ended_at = ${now}, failure = ${failure} where id = ${id}
