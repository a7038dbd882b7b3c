update sk.campaigns set status = 'ended', paused_by = null where id = any(${ids}::uuid[])
