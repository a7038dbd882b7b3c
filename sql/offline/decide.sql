update sk.offline_gifts set status = ${status}, decided_by = ${decidedBy}, decided_at = ${decidedAt}, note = ${note}
where donation_id = ${donationId}
