select bytes from sk.pictures where id = ${id}
