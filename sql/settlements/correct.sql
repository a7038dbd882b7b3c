update sk.settlements set corrected_at = ${correctedAt}, corrected_by = ${correctedBy}, correction_reason = ${reason}
where id = ${id}
returning *
