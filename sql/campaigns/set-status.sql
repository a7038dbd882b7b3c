update sk.campaigns
set status = ${status}, paused_by = ${pausedBy}, submitted_at = coalesce(${submittedAt}, submitted_at),
  published_at = coalesce(${publishedAt}, published_at)
where id = ${id}
