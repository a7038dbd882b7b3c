update sk.donation_messages set status = ${status}, decided_by = ${by}, decided_at = now() where donation_id = ${donationId}
