select name as feed, epoch, head from sk.feeds where name = any($1::text[])
