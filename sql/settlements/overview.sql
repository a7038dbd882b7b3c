select
  (select count(*) from sk.payouts where status = 'requested')::int as payouts_requested,
  (select count(*) from sk.payouts where status in ('approved', 'submitted'))::int as payouts_under_way,
  (select count(*) from sk.refunds where status = 'requested')::int as refunds_requested,
  (select count(*) from sk.offline_gifts where status = 'entered')::int as offline_entered,
  (select count(*) from sk.notices_for_a_person)::int as quarantined,
  (select count(*) from (
    select from sk.accounts a join sk.postings p on p.account_id = a.id
    where a.code like 'suspense:%'
    group by p.payment_id
    having sum(case p.side when 'C' then p.amount_minor else -p.amount_minor end) <> 0
  ) waiting)::int as suspense,
  -- As the last check of what changed or the last of everything said it, whichever is worse. None may have run yet.
  coalesce((
    select max(last.broken)
    from (values ('check-books'), ('check-all-books')) checks(job)
    cross join lateral (
      select substring(r.detail from '^\d+')::int as broken from sk.job_runs r
      where r.job = checks.job and r.ok order by r.started_at desc limit 1
    ) last
  ), 0) as broken_checks
