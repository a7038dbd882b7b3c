-- The gateway has taken the order; a notice that was faster is not overtaken.
update sk.payments
set redirect_url = ${redirectUrl}, expires_at = ${expiresAt},
  status = case when status = 'created' then 'pending' else status end
where id = ${id}
returning *
