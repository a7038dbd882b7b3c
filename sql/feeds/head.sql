select name as feed, epoch, head from sk.feeds where name = ${name}
