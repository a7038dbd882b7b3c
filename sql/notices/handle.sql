-- Once: what somebody wrote is never written over. Nothing for what waits for no one.
insert into sk.handled_notices (notice_id, note, handled_by, handled_at)
select id, ${note}, ${by}, ${now} from sk.notices_for_a_person where id = ${id}
on conflict (notice_id) do nothing
returning notice_id
