update sk.holds set released_by = ${releasedBy}, released_at = ${now} where id = ${id} and released_at is null
