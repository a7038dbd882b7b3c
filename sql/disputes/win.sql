update sk.disputes set status = 'won', won_at = ${now}, won_by = ${by}, note = ${note}
where id = ${id} and status = 'lost' and kind = 'chargeback' returning id
