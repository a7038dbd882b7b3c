-- Ids are UUIDv7, so their order is the order of giving.
select * from sk.donation_views
where user_id = ${userId} and (${before}::uuid is null or id < ${before}::uuid)
order by id desc limit ${limit}
