update sk.settlements set arrived_on = ${arrivedOn}, arrival_reference = ${bankReference}, arrived_by = ${arrivedBy}
where id = ${id}
returning *
