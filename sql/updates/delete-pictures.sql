delete from sk.pictures where id in (select picture_id from sk.update_pictures where update_id = ${updateId})
