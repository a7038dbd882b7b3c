select * from sk.donation_views where id = ${id}
