select count(*)::int as notices from sk.notices where outcome in ('quarantined', 'failed')
