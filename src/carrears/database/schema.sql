-- Written by `python -m carrears.database.schema`; not by hand.


CREATE TYPE public.procrastinate_job_event_type AS ENUM (
    'deferred',
    'started',
    'deferred_for_retry',
    'failed',
    'succeeded',
    'cancelled',
    'abort_requested',
    'aborted',
    'scheduled',
    'retried'
);

CREATE TYPE public.procrastinate_job_status AS ENUM (
    'todo',
    'doing',
    'succeeded',
    'failed',
    'cancelled',
    'aborting',
    'aborted'
);

CREATE TYPE public.procrastinate_job_to_defer_v1 AS (
	queue_name character varying,
	task_name character varying,
	priority integer,
	lock text,
	queueing_lock text,
	args jsonb,
	scheduled_at timestamp with time zone
);

CREATE FUNCTION public.agencies_destruction_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'what was stated to be destroyed stays: % of % % is refused',
    lower(tg_op), tg_table_name, old.id using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.agencies_loggedcontact_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'a contact that was told stays: % of logged contact % is refused',
    lower(tg_op), old.id using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.casework_holdstep_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if tg_op = 'UPDATE' and to_jsonb(new) - 'why_sealed' = to_jsonb(old) - 'why_sealed'
     and new.why_sealed is not null then
    return new;
  end if;
  raise exception 'what was done to a hold stays: % of step % is refused', lower(tg_op), old.id
    using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.conduct_verdict_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'a verdict stays as it was given: % of verdict % is refused',
    lower(tg_op), old.id using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.consent_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'what a person said is kept as he said it: % of % is refused',
    lower(tg_op), tg_table_name using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.event_inbox_wake() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('event_inbox', '');
  return null;
end $$;

CREATE FUNCTION public.evidence_append(key text, kind text, subject text, actor text, occurred_at timestamp with time zone, payload text, leaf_hash bytea) RETURNS boolean
    LANGUAGE plpgsql
    AS $_$
declare
  added bigint;
begin
  insert into evidence_entry (key, kind, subject, actor, occurred_at, payload, leaf_hash)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict on constraint evidence_entry_key_once do nothing
    returning id into added;
  if added is null then
    return false;
  end if;
  insert into evidence_queuedentry (entry_id) values (added);
  return true;
end
$_$;

CREATE FUNCTION public.evidence_queue_is_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if exists (
    select from gone
    where not exists (select from evidence_position p where p.entry_id = gone.entry_id)
  ) then
    raise exception 'the evidence log only grows: a queued entry has no place yet'
      using errcode = 'restrict_violation';
  end if;
  return null;
end $$;

CREATE FUNCTION public.evidence_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'the evidence log only grows: % of % is refused', lower(tg_op), tg_table_name
    using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.evidence_tile_grows() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if (new.level, new.index) is distinct from (old.level, old.index)
     or substr(new.hashes, 1, length(old.hashes)) <> old.hashes then
    raise exception 'the evidence log only grows: a tile keeps its hashes'
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

CREATE FUNCTION public.outreach_arm_is_approved() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if tg_op = 'UPDATE' and (new.words, new.strategy_id, new.experiment_id)
     is distinct from (old.words, old.strategy_id, old.experiment_id) then
    raise exception 'an arm keeps what it tries' using errcode = 'restrict_violation';
  end if;
  if tg_op = 'INSERT' and new.words <> '' and not exists (
      select from outreach_templateversion v
      join experiments_experiment e on e.id = new.experiment_id and e.template = v.key
      where v.version = new.words and v.state = 'approved') then
    raise exception 'an arm holds approved words of its template'
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

CREATE FUNCTION public.outreach_attempt_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if tg_op = 'DELETE' then
    raise exception 'an attempt counts for good: delete of attempt % is refused', old.id
      using errcode = 'restrict_violation';
  end if;
  if (new.key, new.case_id, new.party_id, new.channel, new.agency, new.purpose, new.at,
      new.verdict_id, new.gate_action, new.reported, new.template, new.template_version, new.arm_id, new.choice, new.locale)
     is distinct from
     (old.key, old.case_id, old.party_id, old.channel, old.agency, old.purpose, old.at,
      old.verdict_id, old.gate_action, old.reported, old.template, old.template_version, old.arm_id, old.choice, old.locale) then
    raise exception 'attempt % is what was judged: whom, how, when and why stay', old.id
      using errcode = 'restrict_violation';
  end if;
  if old.state <> 'booked' and (
       new.state <> old.state
       or old.channel = 'call'
          and (new.result, new.effective, new.answered_by)
              is distinct from (old.result, old.effective, old.answered_by)) then
    raise exception 'attempt % has ended as %', old.id, old.state
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

CREATE FUNCTION public.outreach_breach_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'a breach stays as it was found: % of breach % is refused',
    lower(tg_op), old.id using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.outreach_outcome_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'what came of a contact stays as it was told: % of outcome % is refused',
    lower(tg_op), old.id using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.outreach_override_begins() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if new.state <> 'asked' then
    raise exception 'an override is asked for before it is approved'
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

CREATE FUNCTION public.outreach_override_counts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
  given outreach_override;
begin
  if tg_op = 'UPDATE' then
    if new.override_id is distinct from old.override_id then
      raise exception 'attempt % is what was judged: its override stays', old.id
        using errcode = 'restrict_violation';
    end if;
    return new;
  end if;
  if new.override_id is null then
    return new;
  end if;
  select * into given from outreach_override where id = new.override_id for update;
  if given.state is distinct from 'approved' or given.valid_until < clock_timestamp() then
    raise exception 'override % is not approved, or no longer', new.override_id
      using errcode = 'restrict_violation';
  end if;
  if exists (
    select from conduct_verdictrecord v, jsonb_array_elements(v.findings) as f
    where v.id = new.verdict_id and f ->> 'gate_action' <> 'allow'
      and not given.rules ? (f ->> 'rule_id')
  ) then
    raise exception 'a rule objects that override % does not speak of', new.override_id
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

CREATE FUNCTION public.outreach_override_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if tg_op = 'DELETE' then
    raise exception 'an override is kept: delete of override % is refused', old.id
      using errcode = 'restrict_violation';
  end if;
  if new.reason = '' and new.decision in ('', old.decision)
     and to_jsonb(new) - 'reason' - 'decision' = to_jsonb(old) - 'reason' - 'decision' then
    return new;
  end if;
  if new.decision = '' and new.reason in ('', old.reason)
     and to_jsonb(new) - 'reason' - 'decision' = to_jsonb(old) - 'reason' - 'decision' then
    return new;
  end if;
  if old.state <> 'asked' then
    raise exception 'override % was decided', old.id using errcode = 'restrict_violation';
  end if;
  if (new.stopped_id, new.gate_action, new.case_id, new.party_id, new.channel, new.purpose,
      new.agency, new.template, new.rules, new.reason, new.asked_by_id, new.asked_at)
     is distinct from
     (old.stopped_id, old.gate_action, old.case_id, old.party_id, old.channel, old.purpose,
      old.agency, old.template, old.rules, old.reason, old.asked_by_id, old.asked_at) then
    raise exception 'override % is what was asked for', old.id
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

CREATE FUNCTION public.outreach_template_event_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'the history of templates is kept: % is refused', lower(tg_op)
    using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.outreach_template_guard() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'draft' and not new.from_file then
      raise exception 'a template begins as a draft' using errcode = 'restrict_violation';
    end if;
    return new;
  end if;
  if tg_op = 'DELETE' then
    raise exception 'templates are kept' using errcode = 'restrict_violation';
  end if;
  if old.state <> new.state and (old.state, new.state) not in (
      ('draft', 'proposed'), ('draft', 'discarded'), ('proposed', 'draft'),
      ('proposed', 'approved'), ('approved', 'withdrawn')) then
    raise exception 'a template goes from % to %: refused', old.state, new.state
      using errcode = 'restrict_violation';
  end if;
  if (new.key, new.number, new.from_file, new.author_id, new.base_id, new.created_at)
      is distinct from
     (old.key, old.number, old.from_file, old.author_id, old.base_id, old.created_at)
    or (old.state <> 'draft' and
     (new.channel, new.purpose, new.about, new.stages, new.variables, new.locales, new.variant_of, new.tone, new.offer)
      is distinct from
     (old.channel, old.purpose, old.about, old.stages, old.variables, old.locales, old.variant_of, old.tone, old.offer))
    or (old.state <> 'draft' and new.state <> 'draft' and
     (new.version, new.proposed_by_id) is distinct from (old.version, old.proposed_by_id))
    or (old.state in ('approved', 'withdrawn') and
     (new.approved_by_id, new.effective_on) is distinct from (old.approved_by_id, old.effective_on))
  then
    raise exception 'templates are kept as they were proposed and decided'
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

CREATE FUNCTION public.outreach_visitstep_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if tg_op = 'UPDATE' and to_jsonb(new) - 'told_sealed' = to_jsonb(old) - 'told_sealed'
     and new.told_sealed is not null then
    return new;
  end if;
  raise exception 'what was told of a visit stays: % of step % is refused',
    lower(tg_op), old.id using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.parties_refuse_retired() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if exists (
    select from fresh join parties_retiredkey r on r.key_id = parties_wrapping_key(fresh.wrapped_key)
  ) then
    raise exception 'a data key is wrapped by a master key that was retired; read the keyring anew'
      using errcode = 'restrict_violation';
  end if;
  return null;
end $$;

CREATE FUNCTION public.parties_refuse_retired_index() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if exists (select from fresh join parties_retiredkey r on r.key_id = fresh.index_key) then
    raise exception 'an index was made under a key that was retired; read the keyring anew'
      using errcode = 'restrict_violation';
  end if;
  return null;
end $$;

CREATE FUNCTION public.parties_refuse_retired_index_row() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if exists (select from parties_retiredkey r where r.key_id = new.index_key) then
    raise exception 'an index was made under a key that was retired; read the keyring anew'
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

CREATE FUNCTION public.parties_refuse_retired_row() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if exists (
    select from parties_retiredkey r where r.key_id = parties_wrapping_key(new.wrapped_key)
  ) then
    raise exception 'a data key is wrapped by a master key that was retired; read the keyring anew'
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

CREATE FUNCTION public.parties_wrapping_key(wrapped bytea) RETURNS bytea
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
  select substr(wrapped, case length(wrapped) when 64 then 1 else 2 end, 4)
$$;

CREATE FUNCTION public.procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status = 'todo'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        IF abort THEN
            UPDATE procrastinate_jobs
            SET abort_requested = true,
                status = CASE status
                    WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
                END
            WHERE id = job_id AND status IN ('todo', 'doing')
            RETURNING id INTO _job_id;
        ELSE
            UPDATE procrastinate_jobs
            SET status = 'cancelled'::procrastinate_job_status
            WHERE id = job_id AND status = 'todo'
            RETURNING id INTO _job_id;
        END IF;
    END IF;
    RETURN _job_id;
END;
$$;

CREATE FUNCTION public.procrastinate_defer_jobs_v1(jobs public.procrastinate_job_to_defer_v1[]) RETURNS bigint[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    job_ids bigint[];
BEGIN
    WITH inserted_jobs AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        SELECT (job).queue_name,
               (job).task_name,
               (job).priority,
               (job).lock,
               (job).queueing_lock,
               (job).args,
               (job).scheduled_at
        FROM unnest(jobs) AS job
        RETURNING id
    )
    SELECT array_agg(id) FROM inserted_jobs INTO job_ids;

    RETURN job_ids;
END;
$$;

CREATE FUNCTION public.procrastinate_defer_periodic_job_v2(_queue_name character varying, _lock character varying, _queueing_lock character varying, _task_name character varying, _priority integer, _periodic_id character varying, _defer_timestamp bigint, _args jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
	_job_id bigint;
	_defer_id bigint;
BEGIN
    INSERT
        INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        VALUES (_task_name, _periodic_id, _defer_timestamp)
        ON CONFLICT DO NOTHING
        RETURNING id into _defer_id;

    IF _defer_id IS NULL THEN
        RETURN NULL;
    END IF;

    UPDATE procrastinate_periodic_defers
        SET job_id = (
            SELECT COALESCE((
                SELECT unnest(procrastinate_defer_jobs_v1(
                    ARRAY[
                        ROW(
                            _queue_name,
                            _task_name,
                            _priority,
                            _lock,
                            _queueing_lock,
                            _args,
                            NULL::timestamptz
                        )
                    ]::procrastinate_job_to_defer_v1[]
                ))
            ), NULL)
        )
        WHERE id = _defer_id
        RETURNING job_id INTO _job_id;

    DELETE
        FROM procrastinate_periodic_defers
        USING (
            SELECT id
            FROM procrastinate_periodic_defers
            WHERE procrastinate_periodic_defers.task_name = _task_name
            AND procrastinate_periodic_defers.periodic_id = _periodic_id
            AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
            ORDER BY id
            FOR UPDATE
        ) to_delete
        WHERE procrastinate_periodic_defers.id = to_delete.id;

    RETURN _job_id;
END;
$$;

CREATE TABLE public.procrastinate_jobs (
    id bigint NOT NULL,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    lock text,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    status public.procrastinate_job_status DEFAULT 'todo'::public.procrastinate_job_status NOT NULL,
    scheduled_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    queueing_lock text,
    priority integer DEFAULT 0 NOT NULL,
    abort_requested boolean DEFAULT false NOT NULL,
    worker_id bigint,
    CONSTRAINT check_not_todo_abort_requested CHECK ((NOT ((status = 'todo'::public.procrastinate_job_status) AND (abort_requested = true))))
);

CREATE FUNCTION public.procrastinate_fetch_job_v2(target_queue_names character varying[], p_worker_id bigint) RETURNS public.procrastinate_jobs
    LANGUAGE plpgsql
    AS $$
DECLARE
	found_jobs procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT jobs.*
            FROM procrastinate_jobs AS jobs
            WHERE
                -- reject the job if its lock has earlier or higher priority jobs
                NOT EXISTS (
                    SELECT 1
                        FROM procrastinate_jobs AS other_jobs
                        WHERE
                            jobs.lock IS NOT NULL
                            AND other_jobs.lock = jobs.lock
                            AND (
                                -- job with same lock is already running
                                other_jobs.status = 'doing'
                                OR
                                -- job with same lock is waiting and has higher priority (or same priority but was queued first)
                                (
                                    other_jobs.status = 'todo'
                                    AND (
                                        other_jobs.priority > jobs.priority
                                        OR (
                                        other_jobs.priority = jobs.priority
                                        AND other_jobs.id < jobs.id
                                        )
                                    )
                                )
                            )
                )
                AND jobs.status = 'todo'
                AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
                AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
            FOR UPDATE OF jobs SKIP LOCKED
    )
    UPDATE procrastinate_jobs
        SET status = 'doing', worker_id = p_worker_id
        FROM candidate
        WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO found_jobs;

 RETURN found_jobs;
END;
$$;

CREATE FUNCTION public.procrastinate_finish_job_v1(job_id bigint, end_status public.procrastinate_job_status, delete_job boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
        RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
    END IF;
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = end_status,
            abort_requested = false,
            attempts = CASE status
                WHEN 'doing' THEN attempts + 1 ELSE attempts
            END
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION public.procrastinate_notify_queue_abort_job_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_notify_queue_job_inserted_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat double precision) RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION public.procrastinate_register_worker_v1() RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    INSERT INTO procrastinate_workers DEFAULT VALUES
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION public.procrastinate_retry_job_v1(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
BEGIN
    SELECT abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status = 'doing'
    FOR UPDATE
    INTO _abort_requested;
    IF _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION public.procrastinate_retry_job_v2(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
    _current_status procrastinate_job_status;
BEGIN
    SELECT status, abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status IN ('doing', 'failed')
    FOR UPDATE
    INTO _current_status, _abort_requested;
    IF _current_status = 'doing' AND _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status IN ('doing', 'failed')
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
    END IF;

END;
$$;

CREATE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
    RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type, at)
        VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);

	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_trigger_function_status_events_update_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    WITH t AS (
        SELECT CASE
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND NEW.status = 'doing'::procrastinate_job_status
                THEN 'started'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'deferred_for_retry'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'failed'::procrastinate_job_status
                THEN 'failed'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'succeeded'::procrastinate_job_status
                THEN 'succeeded'::procrastinate_job_event_type
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND (
                    NEW.status = 'cancelled'::procrastinate_job_status
                    OR NEW.status = 'failed'::procrastinate_job_status
                    OR NEW.status = 'succeeded'::procrastinate_job_status
                )
                THEN 'cancelled'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'aborted'::procrastinate_job_status
                THEN 'aborted'::procrastinate_job_event_type
            WHEN OLD.status = 'failed'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'retried'::procrastinate_job_event_type
            ELSE NULL
        END as event_type
    )
    INSERT INTO procrastinate_events(job_id, type)
        SELECT NEW.id, t.event_type
        FROM t
        WHERE t.event_type IS NOT NULL;
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_unlink_periodic_defers_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_periodic_defers
    SET job_id = NULL
    WHERE job_id = OLD.id;
    RETURN OLD;
END;
$$;

CREATE FUNCTION public.procrastinate_unregister_worker_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM procrastinate_workers
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION public.procrastinate_update_heartbeat_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_workers
    SET last_heartbeat = NOW()
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION public.recordings_archived_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'what recording % has in the vault stays there', old.token
    using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.recordings_chunk_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if tg_op = 'UPDATE' and new.sealed is null
     and (new.id, new.recording_id, new.seq, new.size, new.sha256, new.link, new.from_ms,
          new.to_ms, new.peaks, new.received_at)
       is not distinct from
         (old.id, old.recording_id, old.seq, old.size, old.sha256, old.link, old.from_ms,
          old.to_ms, old.peaks, old.received_at)
     and exists (
       select from recordings_part p where p.recording_id = old.recording_id
       and p.stored_id is not null and p.first <= old.seq and old.seq < p.first + p.count
     ) then
    return new;
  end if;
  raise exception 'a chunk is kept as it was taken: % of chunk % of recording % is refused',
    lower(tg_op), old.seq, old.recording_id using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.recordings_part_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if tg_op = 'DELETE' or old.stored_id is not null
     or (new.id, new.recording_id, new.first, new.count, new.previous, new.head, new.planned_at)
       is distinct from
        (old.id, old.recording_id, old.first, old.count, old.previous, old.head, old.planned_at)
  then
    raise exception 'a part of a recording stays: % of % of recording % is refused',
      lower(tg_op), old.first, old.recording_id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

CREATE FUNCTION public.recordings_recording_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a recording is kept: delete of % is refused', old.token
      using errcode = 'restrict_violation';
  end if;
  if (new.token, new.kind, new.case_id, new.staff_id, new.started_at, new.received_at,
      new.sealed_key)
     is distinct from
     (old.token, old.kind, old.case_id, old.staff_id, old.started_at, old.received_at,
      old.sealed_key)
     or new.chunk_count < old.chunk_count
     or old.state in ('ended', 'refused') and new.state <> old.state then
    raise exception 'recording % is what was recorded, of whom and by whom', old.token
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

CREATE FUNCTION public.strategy_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'strategies are kept as they decided: % of % is refused',
    lower(tg_op), tg_table_name using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.vault_hold_is_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
  words constant text[] := array['note_sealed', 'ask_note_sealed'];
begin
  if to_jsonb(new) - words = to_jsonb(old) - words
     and new.note_sealed is not null
     and (new.ask_note_sealed is null) = (old.ask_note_sealed is null) then
    return new;
  end if;
  if (new.stored_id, new.loan_no, new.why, new.note_sealed, new.placed_by_id, new.placed_at)
     is distinct from
     (old.stored_id, old.loan_no, old.why, old.note_sealed, old.placed_by_id, old.placed_at)
     or old.lifted_at is not null then
    raise exception 'the vault keeps its holds' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

CREATE FUNCTION public.vault_object_is_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if (new.token, new.key, new.kind, new.loan_no, new.case_id, new.party_id, new.address,
      new.sealed_size, new.size, new.media_type, new.created_at, new.created_by_id,
      new.origin)
     is distinct from
     (old.token, old.key, old.kind, old.loan_no, old.case_id, old.party_id, old.address,
      old.sealed_size, old.size, old.media_type, old.created_at, old.created_by_id,
      old.origin)
     or (old.retained_until is not null
         and (new.retained_until is null or new.retained_until < old.retained_until))
     or (old.destroyed_at is not null and new.destroyed_at is distinct from old.destroyed_at) then
    raise exception 'the vault keeps what it has: % is altered', old.token
      using errcode = 'restrict_violation';
  end if;
  if new.wrapped_key is distinct from old.wrapped_key then
    if new.wrapped_key is not null then
      raise exception 'the vault keeps what it has: another key for %', old.token
        using errcode = 'restrict_violation';
    end if;
    -- the earliest day there is anywhere: what the lender's own zone is, the program knows
    if old.retained_until is not null
       and ((new.destroyed_at + interval '14 hours') at time zone 'UTC')::date
           <= old.retained_until then
      raise exception 'the vault keeps % until %', old.token, old.retained_until
        using errcode = 'restrict_violation';
    end if;
    if exists (
      select from vault_legalhold h where h.lifted_at is null
      and (h.stored_id = old.token or (h.loan_no <> '' and h.loan_no = old.loan_no))
    ) then
      raise exception 'the vault holds %', old.token using errcode = 'restrict_violation';
    end if;
  end if;
  return new;
end $$;

CREATE FUNCTION public.vault_opening_is_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if to_jsonb(new) - 'note_sealed' = to_jsonb(old) - 'note_sealed'
     and (new.note_sealed is null) = (old.note_sealed is null) then
    return new;
  end if;
  raise exception 'the vault keeps what it has: update of vault_opening is refused'
    using errcode = 'restrict_violation';
end $$;

CREATE FUNCTION public.vault_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'the vault keeps what it has: % of % is refused', lower(tg_op), tg_table_name
    using errcode = 'restrict_violation';
end $$;

CREATE TABLE public.access_apitoken (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    user_id bigint NOT NULL,
    hint character varying(12) NOT NULL,
    scopes character varying(40)[] NOT NULL,
    awaits_second boolean NOT NULL,
    confirmed_by_id bigint,
    CONSTRAINT apitoken_confirmed_by_another CHECK (((awaits_second AND (confirmed_by_id IS NULL)) OR ((NOT awaits_second) AND ((confirmed_by_id IS NULL) OR (NOT ((confirmed_by_id = user_id) AND (confirmed_by_id IS NOT NULL)))))))
);

ALTER TABLE public.access_apitoken ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.access_apitoken_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.access_membership (
    id bigint NOT NULL,
    is_home boolean NOT NULL,
    from_on date NOT NULL,
    until_on date,
    added_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    added_by_id bigint,
    ended_by_id bigint,
    user_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    CONSTRAINT membership_ends_after_start CHECK (((until_on IS NULL) OR (until_on >= from_on)))
);

ALTER TABLE public.access_membership ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.access_membership_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.access_organisation (
    id bigint NOT NULL,
    key character varying(64) NOT NULL,
    name character varying(80) NOT NULL,
    kind character varying(6) NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    parent_id bigint,
    CONSTRAINT organisation_has_its_place CHECK (((((kind)::text = ANY ((ARRAY['lender'::character varying, 'agency'::character varying])::text[])) AND (parent_id IS NULL)) OR (((kind)::text = ANY ((ARRAY['branch'::character varying, 'team'::character varying])::text[])) AND (parent_id IS NOT NULL))))
);

ALTER TABLE public.access_organisation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.access_organisation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.access_user (
    id bigint NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    username character varying(150) NOT NULL,
    first_name character varying(150) NOT NULL,
    last_name character varying(150) NOT NULL,
    email character varying(254) NOT NULL,
    is_staff boolean NOT NULL,
    is_active boolean NOT NULL,
    date_joined timestamp with time zone NOT NULL,
    display_name character varying(80) NOT NULL,
    language character varying(10) NOT NULL,
    time_zone character varying(64) NOT NULL
);

CREATE TABLE public.access_user_groups (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    group_id integer NOT NULL
);

ALTER TABLE public.access_user_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.access_user_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.access_user ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.access_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.access_user_user_permissions (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    permission_id integer NOT NULL
);

ALTER TABLE public.access_user_user_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.access_user_user_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.account_emailaddress (
    id integer NOT NULL,
    email character varying(254) NOT NULL,
    verified boolean NOT NULL,
    "primary" boolean NOT NULL,
    user_id bigint NOT NULL
);

ALTER TABLE public.account_emailaddress ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.account_emailaddress_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.account_emailconfirmation (
    id integer NOT NULL,
    created timestamp with time zone NOT NULL,
    sent timestamp with time zone,
    key character varying(64) NOT NULL,
    email_address_id integer NOT NULL
);

ALTER TABLE public.account_emailconfirmation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.account_emailconfirmation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.agencies_batch (
    id bigint NOT NULL,
    rule character varying(40) NOT NULL,
    title jsonb NOT NULL,
    from_on date NOT NULL,
    until_on date NOT NULL,
    terms jsonb NOT NULL,
    agency_id bigint NOT NULL,
    placing_id bigint NOT NULL,
    CONSTRAINT batch_ends_after_start CHECK ((until_on >= from_on))
);

ALTER TABLE public.agencies_batch ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agencies_batch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.agencies_contactlog (
    id bigint NOT NULL,
    source character varying(4) NOT NULL,
    file_name character varying(255) NOT NULL,
    brought_at timestamp with time zone NOT NULL,
    taken integer NOT NULL,
    known integer NOT NULL,
    rejected integer NOT NULL,
    breaches integer NOT NULL,
    agency_id bigint NOT NULL,
    brought_by_id bigint
);

ALTER TABLE public.agencies_contactlog ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agencies_contactlog_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.agencies_contactlogreject (
    id bigint NOT NULL,
    row_no integer NOT NULL,
    reference character varying(64) NOT NULL,
    errors jsonb NOT NULL,
    raw_sealed bytea NOT NULL,
    corrected_at timestamp with time zone,
    log_id bigint NOT NULL
);

ALTER TABLE public.agencies_contactlogreject ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agencies_contactlogreject_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.agencies_destroyedplacement (
    id bigint NOT NULL,
    ended_on date NOT NULL,
    due_on date NOT NULL,
    placement_id bigint NOT NULL,
    destruction_id bigint NOT NULL
);

ALTER TABLE public.agencies_destroyedplacement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agencies_destroyedplacement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.agencies_destruction (
    id bigint NOT NULL,
    method character varying(8) NOT NULL,
    stated_at timestamp with time zone NOT NULL,
    agency_id bigint NOT NULL,
    stated_by_id bigint NOT NULL,
    certificate_id uuid
);

ALTER TABLE public.agencies_destruction ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agencies_destruction_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.agencies_invoice (
    id bigint NOT NULL,
    number character varying(64) NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL,
    currency character varying(3) NOT NULL,
    file_name character varying(255) NOT NULL,
    brought_at timestamp with time zone NOT NULL,
    agency_id bigint NOT NULL,
    brought_by_id bigint,
    reconciled_at timestamp with time zone,
    signed_at timestamp with time zone,
    signed_by_id bigint,
    CONSTRAINT invoice_ends_after_start CHECK ((last_on >= first_on))
);

ALTER TABLE public.agencies_invoice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agencies_invoice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.agencies_invoiceline (
    id bigint NOT NULL,
    row_no integer,
    loan_no character varying(64) NOT NULL,
    payment_no character varying(160) NOT NULL,
    paid_on date NOT NULL,
    amount bigint,
    commission bigint,
    our_amount bigint,
    our_commission bigint,
    verdict character varying(8) NOT NULL,
    invoice_id bigint NOT NULL,
    told_paid_on date,
    told_payment_no character varying(160),
    CONSTRAINT invoice_line_claimed_or_missing CHECK ((((row_no IS NULL) AND ((verdict)::text = 'missing'::text)) OR ((NOT ((verdict)::text = 'missing'::text)) AND (row_no IS NOT NULL))))
);

ALTER TABLE public.agencies_invoiceline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agencies_invoiceline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.agencies_invoicereject (
    id bigint NOT NULL,
    row_no integer NOT NULL,
    errors jsonb NOT NULL,
    raw_sealed bytea NOT NULL,
    invoice_id bigint NOT NULL
);

ALTER TABLE public.agencies_invoicereject ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agencies_invoicereject_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.agencies_loggedcontact (
    id bigint NOT NULL,
    reference character varying(64) NOT NULL,
    row_no integer NOT NULL,
    acted_by character varying(64) NOT NULL,
    agency_id bigint NOT NULL,
    attempt_id bigint,
    log_id bigint NOT NULL,
    outcome_id bigint,
    CONSTRAINT logged_contact_is_one CHECK ((((attempt_id IS NULL) AND (outcome_id IS NOT NULL)) OR ((attempt_id IS NOT NULL) AND (outcome_id IS NULL))))
);

ALTER TABLE public.agencies_loggedcontact ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agencies_loggedcontact_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.agencies_loggedrecording (
    id bigint NOT NULL,
    row_no integer NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    contact_id bigint NOT NULL,
    stored_id uuid NOT NULL,
    file_id bigint NOT NULL
);

ALTER TABLE public.agencies_loggedrecording ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agencies_loggedrecording_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.agencies_placementstep (
    id bigint NOT NULL,
    kind character varying(8) NOT NULL,
    before_on date,
    until_on date,
    reason character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id bigint,
    placement_id bigint NOT NULL
);

ALTER TABLE public.agencies_placementstep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agencies_placementstep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.agencies_placing (
    id bigint NOT NULL,
    first_on date NOT NULL,
    rules_from date NOT NULL,
    state character varying(8) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    reason character varying(120) NOT NULL,
    placed_at timestamp with time zone,
    decided_by_id bigint,
    made_by_id bigint,
    CONSTRAINT placing_decided CHECK ((((decided_at IS NULL) AND ((state)::text = 'proposed'::text)) OR ((NOT ((state)::text = 'proposed'::text)) AND (decided_at IS NOT NULL)))),
    CONSTRAINT placing_two_people CHECK (((made_by_id IS NULL) OR (decided_by_id IS NULL) OR (NOT ((made_by_id = decided_by_id) AND (made_by_id IS NOT NULL) AND (decided_by_id IS NOT NULL)))))
);

ALTER TABLE public.agencies_placing ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agencies_placing_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.agencies_placingline (
    id bigint NOT NULL,
    obligor_no character varying(64) NOT NULL,
    loans integer NOT NULL,
    arrears bigint NOT NULL,
    currency character varying(3) NOT NULL,
    dpd integer NOT NULL,
    stage character varying(8) NOT NULL,
    why character varying(24) NOT NULL,
    batch_id bigint,
    placement_id bigint,
    placing_id bigint NOT NULL,
    CONSTRAINT placing_line_placed_or_why CHECK ((((batch_id IS NOT NULL) AND ((why)::text = ''::text)) OR ((NOT ((why)::text = ''::text)) AND (placement_id IS NULL))))
);

ALTER TABLE public.agencies_placingline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agencies_placingline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.agencies_recordingfile (
    id bigint NOT NULL,
    file_name character varying(255) NOT NULL,
    brought_at timestamp with time zone NOT NULL,
    taken integer NOT NULL,
    known integer NOT NULL,
    rejected integer NOT NULL,
    agency_id bigint NOT NULL,
    brought_by_id bigint
);

ALTER TABLE public.agencies_recordingfile ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agencies_recordingfile_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.agencies_recordingreject (
    id bigint NOT NULL,
    row_no integer NOT NULL,
    reference character varying(64) NOT NULL,
    errors jsonb NOT NULL,
    raw_sealed bytea NOT NULL,
    corrected_at timestamp with time zone,
    file_id bigint NOT NULL
);

ALTER TABLE public.agencies_recordingreject ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.agencies_recordingreject_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.alerts_alert (
    id bigint NOT NULL,
    kind character varying(16) NOT NULL,
    figures jsonb NOT NULL,
    since timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    over_at timestamp with time zone
);

ALTER TABLE public.alerts_alert ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.alerts_alert_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.alerts_alertmessage (
    id bigint NOT NULL,
    target character varying(32) NOT NULL,
    text text NOT NULL,
    state character varying(7) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    is_test boolean NOT NULL,
    tries integer NOT NULL,
    next_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    error character varying(240) NOT NULL,
    made_by_id bigint,
    tried_at timestamp with time zone
);

ALTER TABLE public.alerts_alertmessage ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.alerts_alertmessage_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.alerts_telling (
    id bigint NOT NULL,
    target character varying(32) NOT NULL,
    step character varying(6) NOT NULL,
    due_at timestamp with time zone NOT NULL,
    alert_id bigint NOT NULL,
    message_id bigint
);

ALTER TABLE public.alerts_telling ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.alerts_telling_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);

ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);

ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);

ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.axes_accessattempt (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    get_data text NOT NULL,
    post_data text NOT NULL,
    failures_since_start integer NOT NULL,
    CONSTRAINT axes_accessattempt_failures_since_start_check CHECK ((failures_since_start >= 0))
);

ALTER TABLE public.axes_accessattempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accessattempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.axes_accessattemptexpiration (
    access_attempt_id integer NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.axes_accessfailurelog (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    locked_out boolean NOT NULL
);

ALTER TABLE public.axes_accessfailurelog ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accessfailurelog_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.axes_accesslog (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    logout_time timestamp with time zone,
    session_hash character varying(64) NOT NULL
);

ALTER TABLE public.axes_accesslog ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accesslog_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.bundles_preparedbundle (
    token uuid NOT NULL,
    why character varying(12) NOT NULL,
    note_sealed bytea,
    state character varying(8) NOT NULL,
    done bigint NOT NULL,
    total bigint NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    until timestamp with time zone,
    problem character varying(8) NOT NULL,
    key_sealed bytea,
    sha256 character varying(64) NOT NULL,
    size bigint NOT NULL,
    entries integer NOT NULL,
    files integer NOT NULL,
    unreadable integer NOT NULL,
    by_id bigint NOT NULL,
    case_id bigint NOT NULL,
    CONSTRAINT prepared_bundle_ready_can_be_opened CHECK (((NOT ((state)::text = 'ready'::text)) OR ((key_sealed IS NOT NULL) AND (until IS NOT NULL) AND (NOT ((sha256)::text = ''::text)))))
);

CREATE TABLE public.casework_absence (
    id bigint NOT NULL,
    from_on date NOT NULL,
    until_on date,
    added_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    added_by_id bigint,
    user_id bigint NOT NULL,
    from_at time without time zone,
    until_at time without time zone,
    CONSTRAINT absence_ends_after_start CHECK (((until_on IS NULL) OR (until_on >= from_on))),
    CONSTRAINT absence_hours_in_order CHECK (((until_at IS NULL) OR (until_on > from_on) OR ((from_at IS NULL) AND (until_on = from_on)) OR ((until_at > from_at) AND (until_on = from_on))))
);

ALTER TABLE public.casework_absence ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_absence_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_asked (
    id bigint NOT NULL,
    key character varying(80) NOT NULL,
    what character varying(16) NOT NULL,
    wanted character varying(64) NOT NULL,
    made jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id bigint NOT NULL
);

ALTER TABLE public.casework_asked ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_asked_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_case (
    id bigint NOT NULL,
    loan_no character varying(64) NOT NULL,
    loan_id bigint NOT NULL,
    product character varying(40) NOT NULL,
    currency character varying(3) NOT NULL,
    jurisdiction character varying(8) NOT NULL,
    state character varying(6) NOT NULL,
    opened_on date NOT NULL,
    closed_on date,
    close_reason character varying(12) NOT NULL,
    loan jsonb NOT NULL,
    as_of date NOT NULL,
    dpd integer NOT NULL,
    bucket smallint NOT NULL,
    arrears bigint NOT NULL,
    arrears_principal bigint NOT NULL,
    arrears_interest bigint NOT NULL,
    arrears_fee bigint NOT NULL,
    oldest_due_on date,
    instalments_behind integer NOT NULL,
    next_due_on date,
    next_due_amount bigint,
    last_paid_on date,
    principal_outstanding bigint NOT NULL,
    paid_total bigint NOT NULL,
    score integer,
    band character varying(2) NOT NULL,
    reasons jsonb NOT NULL,
    treatment character varying(40) NOT NULL,
    stage character varying(8) NOT NULL,
    decision jsonb NOT NULL,
    priority integer NOT NULL,
    next_review_on date,
    assignee_id bigint,
    party_id uuid,
    strategy_id bigint,
    arrears_compound bigint NOT NULL,
    arrears_penalty bigint NOT NULL,
    obligor_no character varying(64) NOT NULL,
    payoff bigint,
    follow_up_on date,
    follow_up_at time without time zone,
    follow_up_why jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT case_closed_has_day CHECK ((((closed_on IS NULL) AND ((state)::text = ANY ((ARRAY['watch'::character varying, 'open'::character varying])::text[]))) OR ((closed_on IS NOT NULL) AND ((state)::text = 'closed'::text))))
);

ALTER TABLE public.casework_case ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_case_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_caseevent (
    id bigint NOT NULL,
    key character varying(160) NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    kind character varying(24) NOT NULL,
    data jsonb NOT NULL,
    actor_id bigint,
    case_id bigint NOT NULL,
    text_sealed bytea,
    agency character varying(64) DEFAULT ''::character varying NOT NULL
);

ALTER TABLE public.casework_caseevent ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_caseevent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_dayplan (
    id bigint NOT NULL,
    day date NOT NULL,
    minutes integer NOT NULL,
    at_most integer,
    cases bigint[] NOT NULL,
    takes smallint[] NOT NULL,
    rest bigint[] NOT NULL,
    rest_minutes integer NOT NULL,
    promises integer NOT NULL,
    stale boolean NOT NULL,
    made_at timestamp with time zone NOT NULL,
    user_id bigint NOT NULL,
    entered jsonb DEFAULT '{}'::jsonb NOT NULL,
    "left" jsonb DEFAULT '{}'::jsonb NOT NULL,
    rest_takes smallint[],
    CONSTRAINT casework_dayplan_at_most_check CHECK ((at_most >= 0)),
    CONSTRAINT casework_dayplan_minutes_check CHECK ((minutes >= 0)),
    CONSTRAINT casework_dayplan_promises_check CHECK ((promises >= 0)),
    CONSTRAINT casework_dayplan_rest_minutes_check CHECK ((rest_minutes >= 0))
);

ALTER TABLE public.casework_dayplan ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_dayplan_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_desk (
    user_id bigint NOT NULL,
    room integer,
    a_day integer,
    skills character varying(40)[] NOT NULL,
    languages character varying(10)[] NOT NULL,
    regions character varying(80)[] NOT NULL,
    weekdays smallint[] NOT NULL,
    begins_at time without time zone,
    ends_at time without time zone,
    CONSTRAINT casework_desk_a_day_check CHECK ((a_day >= 0)),
    CONSTRAINT casework_desk_room_check CHECK ((room >= 0))
);

CREATE TABLE public.casework_heldtogether (
    id bigint NOT NULL,
    fared character varying(7) NOT NULL,
    case_id bigint NOT NULL,
    hold_id bigint,
    party_id uuid,
    order_id bigint NOT NULL
);

ALTER TABLE public.casework_heldtogether ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_heldtogether_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_hold (
    id bigint NOT NULL,
    reason character varying(12) NOT NULL,
    from_on date NOT NULL,
    until_on date,
    lifted_on date,
    case_id bigint,
    placed_by_id bigint,
    party_id uuid,
    CONSTRAINT hold_of_case_or_person CHECK (((case_id IS NOT NULL) OR (party_id IS NOT NULL)))
);

ALTER TABLE public.casework_hold ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_hold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_holdingtogether (
    id bigint NOT NULL,
    key character varying(128) NOT NULL,
    asked jsonb NOT NULL,
    reason character varying(12) NOT NULL,
    from_on date NOT NULL,
    until_on date,
    takes_new boolean NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    lift_at timestamp with time zone,
    lifted_at timestamp with time zone,
    asked_by_id bigint NOT NULL,
    lift_by_id bigint
);

ALTER TABLE public.casework_holdingtogether ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_holdingtogether_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_holdstep (
    id bigint NOT NULL,
    kind character varying(9) NOT NULL,
    until_on date,
    why_sealed bytea,
    at timestamp with time zone NOT NULL,
    by_id bigint,
    hold_id bigint NOT NULL
);

ALTER TABLE public.casework_holdstep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_holdstep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_move (
    id bigint NOT NULL,
    way character varying(6) NOT NULL,
    reason character varying(120) NOT NULL,
    at timestamp with time zone NOT NULL,
    undone_at timestamp with time zone,
    by_id bigint,
    to_id bigint,
    undone_by_id bigint,
    rule character varying(40) DEFAULT ''::character varying NOT NULL
);

ALTER TABLE public.casework_move ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_move_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_movedcase (
    id bigint NOT NULL,
    after_id bigint,
    before_id bigint,
    case_id bigint NOT NULL,
    move_id bigint NOT NULL
);

ALTER TABLE public.casework_movedcase ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_movedcase_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_placement (
    id bigint NOT NULL,
    obligor_no character varying(64) NOT NULL,
    from_on date NOT NULL,
    until_on date,
    placed_at timestamp with time zone NOT NULL,
    recalled_at timestamp with time zone,
    recall_reason character varying(120) NOT NULL,
    agency_id bigint NOT NULL,
    placed_by_id bigint,
    recalled_by_id bigint,
    held_at timestamp with time zone,
    held_cause character varying(64) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT placement_ends_after_start CHECK (((until_on IS NULL) OR (until_on >= from_on) OR (recalled_at IS NOT NULL))),
    CONSTRAINT placement_held_for_a_cause CHECK ((((held_at IS NULL) AND ((held_cause)::text = ''::text)) OR ((held_at IS NOT NULL) AND (NOT ((held_cause)::text = ''::text))))),
    CONSTRAINT placement_names_debtor CHECK ((NOT ((obligor_no)::text = ''::text))),
    CONSTRAINT placement_recalled_with_reason CHECK (((recalled_at IS NULL) OR ((NOT ((recall_reason)::text = ''::text)) AND (until_on IS NOT NULL))))
);

ALTER TABLE public.casework_placement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_placement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_plannedaction (
    id bigint NOT NULL,
    key character varying(160) NOT NULL,
    as_of date NOT NULL,
    channel character varying(12) NOT NULL,
    template character varying(40) NOT NULL,
    planned_for timestamp with time zone NOT NULL,
    state character varying(9) NOT NULL,
    reason character varying(120) NOT NULL,
    case_id bigint NOT NULL,
    part_id bigint,
    cadence character varying(40) DEFAULT ''::character varying NOT NULL,
    due_on date,
    step_day smallint,
    until_on date
);

ALTER TABLE public.casework_plannedaction ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_plannedaction_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_promise (
    id bigint NOT NULL,
    amount bigint NOT NULL,
    due_on date NOT NULL,
    made_on date NOT NULL,
    made_at timestamp with time zone NOT NULL,
    paid_since bigint NOT NULL,
    state character varying(9) NOT NULL,
    settled_on date,
    case_id bigint NOT NULL,
    made_by_id bigint,
    attempt bigint,
    book_day date NOT NULL,
    cancelled_for character varying(12) NOT NULL,
    changes integer NOT NULL,
    channel character varying(12) NOT NULL,
    currency character varying(3) NOT NULL,
    judged_on date,
    party_id uuid,
    payments_seen integer NOT NULL,
    slack bigint NOT NULL,
    slack_days smallint NOT NULL,
    strategy_id bigint,
    treatment character varying(40) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT promise_amount_positive CHECK ((amount > 0))
);

ALTER TABLE public.casework_promise ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_promise_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_promisepart (
    id bigint NOT NULL,
    seq smallint NOT NULL,
    amount bigint NOT NULL,
    due_on date NOT NULL,
    state character varying(9) NOT NULL,
    met bigint NOT NULL,
    settled_on date,
    met_by jsonb NOT NULL,
    promise_id bigint NOT NULL,
    CONSTRAINT promise_part_met CHECK (((met >= 0) AND (met <= amount))),
    CONSTRAINT promise_part_positive CHECK ((amount > 0))
);

ALTER TABLE public.casework_promisepart ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_promisepart_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_ruling (
    id bigint NOT NULL,
    kind character varying(8) NOT NULL,
    loan_no character varying(64) NOT NULL,
    ceiling smallint,
    treatment character varying(40) NOT NULL,
    decision jsonb NOT NULL,
    until_on date,
    cause character varying(80) NOT NULL,
    placed_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_by_id bigint,
    party_id uuid NOT NULL,
    placed_by_id bigint,
    CONSTRAINT ruling_has_ceiling CHECK ((((ceiling IS NOT NULL) AND ((kind)::text = 'frozen'::text)) OR ((NOT ((kind)::text = 'frozen'::text)) AND (ceiling IS NULL)))),
    CONSTRAINT ruling_names_treatment CHECK (((((kind)::text = 'decided'::text) AND (NOT ((treatment)::text = ''::text)) AND (placed_by_id IS NOT NULL)) OR ((NOT ((kind)::text = 'decided'::text)) AND ((treatment)::text = ''::text))))
);

ALTER TABLE public.casework_ruling ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.casework_ruling_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.casework_showing (
    case_id bigint NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    user_id bigint NOT NULL,
    left_at timestamp with time zone,
    pages uuid[] DEFAULT '{}'::uuid[] NOT NULL
);

CREATE TABLE public.conduct_complaint (
    id bigint NOT NULL,
    key character varying(160) NOT NULL,
    reference character varying(64) NOT NULL,
    loan_no character varying(64) NOT NULL,
    complainant character varying(14) NOT NULL,
    jurisdiction character varying(8) NOT NULL,
    channel character varying(10) NOT NULL,
    category character varying(14) NOT NULL,
    agency character varying(64) NOT NULL,
    text_sealed bytea,
    received_at timestamp with time zone NOT NULL,
    registered_at timestamp with time zone NOT NULL,
    state character varying(12) NOT NULL,
    deadlines jsonb NOT NULL,
    due_on date,
    extended boolean NOT NULL,
    escalated_to character varying(10) NOT NULL,
    outcome character varying(10) NOT NULL,
    remedy character varying(15) NOT NULL,
    acknowledged_at timestamp with time zone,
    answered_at timestamp with time zone,
    escalated_at timestamp with time zone,
    closed_at timestamp with time zone,
    assigned_to_id bigint,
    case_id bigint,
    collector_id bigint,
    contact_id bigint,
    hold_id bigint,
    party_id uuid,
    raised_level smallint DEFAULT 0 NOT NULL,
    raised_to jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT complaint_closed_with_outcome CHECK ((((closed_at IS NOT NULL) AND ((state)::text = 'closed'::text) AND (NOT ((outcome)::text = ''::text))) OR ((NOT ((state)::text = 'closed'::text)) AND (closed_at IS NULL) AND ((outcome)::text = ''::text)))),
    CONSTRAINT complaint_escalated_to_someone CHECK (((NOT ((state)::text = 'escalated'::text)) OR ((escalated_at IS NOT NULL) AND (NOT ((escalated_to)::text = ''::text)))))
);

ALTER TABLE public.conduct_complaint ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.conduct_complaint_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.conduct_complaintstep (
    id bigint NOT NULL,
    key character varying(200) NOT NULL,
    kind character varying(12) NOT NULL,
    at timestamp with time zone NOT NULL,
    data jsonb NOT NULL,
    text_sealed bytea,
    by_id bigint,
    complaint_id bigint NOT NULL
);

ALTER TABLE public.conduct_complaintstep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.conduct_complaintstep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.conduct_dispute (
    id bigint NOT NULL,
    key character varying(160) NOT NULL,
    kind character varying(24) NOT NULL,
    loan_no character varying(64) NOT NULL,
    jurisdiction character varying(8) NOT NULL,
    channel character varying(10) NOT NULL,
    text_sealed bytea,
    received_at timestamp with time zone NOT NULL,
    registered_at timestamp with time zone NOT NULL,
    state character varying(12) NOT NULL,
    deadlines jsonb NOT NULL,
    due_on date,
    raised_level smallint NOT NULL,
    raised_to jsonb NOT NULL,
    outcome character varying(8) NOT NULL,
    acknowledged_at timestamp with time zone,
    closed_at timestamp with time zone,
    assigned_to_id bigint,
    case_id bigint,
    party_id uuid,
    registered_by_id bigint,
    CONSTRAINT dispute_over_with_answer CHECK ((((closed_at IS NOT NULL) AND ((state)::text = 'answered'::text) AND (NOT ((outcome)::text = ''::text))) OR ((closed_at IS NOT NULL) AND ((outcome)::text = ''::text) AND ((state)::text = 'withdrawn'::text)) OR ((NOT ((state)::text = ANY ((ARRAY['answered'::character varying, 'withdrawn'::character varying])::text[]))) AND (closed_at IS NULL) AND ((outcome)::text = ''::text))))
);

ALTER TABLE public.conduct_dispute ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.conduct_dispute_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.conduct_disputedloan (
    id bigint NOT NULL,
    loan_no character varying(64) NOT NULL,
    amount bigint,
    currency character varying(3) NOT NULL,
    case_id bigint,
    dispute_id bigint NOT NULL,
    hold_id bigint,
    CONSTRAINT disputed_amount_positive CHECK (((amount IS NULL) OR (amount > 0)))
);

ALTER TABLE public.conduct_disputedloan ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.conduct_disputedloan_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.conduct_disputedocument (
    id bigint NOT NULL,
    attached_at timestamp with time zone NOT NULL,
    attached_by_id bigint,
    dispute_id bigint NOT NULL,
    stored_id uuid NOT NULL
);

ALTER TABLE public.conduct_disputedocument ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.conduct_disputedocument_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.conduct_disputestep (
    id bigint NOT NULL,
    key character varying(200) NOT NULL,
    kind character varying(12) NOT NULL,
    at timestamp with time zone NOT NULL,
    data jsonb NOT NULL,
    text_sealed bytea,
    by_id bigint,
    dispute_id bigint NOT NULL
);

ALTER TABLE public.conduct_disputestep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.conduct_disputestep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.conduct_donotcontact (
    id bigint NOT NULL,
    value_index bytea,
    channel character varying(12) NOT NULL,
    reason character varying(120) NOT NULL,
    from_on date NOT NULL,
    until_on date,
    added_at timestamp with time zone NOT NULL,
    added_by_id bigint,
    party_id uuid,
    actor character varying(64) NOT NULL,
    lift_reason character varying(120) NOT NULL,
    lifted_at timestamp with time zone,
    lifted_by_id bigint,
    product character varying(40) NOT NULL,
    index_key bytea,
    CONSTRAINT do_not_contact_lifted_with_reason CHECK (((lifted_at IS NULL) OR (NOT ((lift_reason)::text = ''::text)))),
    CONSTRAINT do_not_contact_names_someone CHECK (((party_id IS NOT NULL) OR (value_index IS NOT NULL)))
);

ALTER TABLE public.conduct_donotcontact ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.conduct_donotcontact_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.conduct_flaggednote (
    id bigint NOT NULL,
    outcome character varying(6) NOT NULL,
    comment text NOT NULL,
    reviewed_at timestamp with time zone,
    note_id bigint NOT NULL,
    reviewed_by_id bigint,
    CONSTRAINT flagged_note_reviewed_with_outcome CHECK (((((outcome)::text = ''::text) AND (reviewed_at IS NULL)) OR (((outcome)::text = ANY ((ARRAY['fine'::character varying, 'coach'::character varying, 'report'::character varying])::text[])) AND (reviewed_at IS NOT NULL))))
);

ALTER TABLE public.conduct_flaggednote ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.conduct_flaggednote_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.conduct_industrylist (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    version character varying(40) NOT NULL,
    source character varying(120) NOT NULL,
    reason character varying(120) NOT NULL,
    form character varying(8) NOT NULL,
    algorithm character varying(8) NOT NULL,
    salt character varying(256) NOT NULL,
    salt_at character varying(6) NOT NULL,
    country character varying(2) NOT NULL,
    whole_person boolean NOT NULL,
    channel character varying(12) NOT NULL,
    product character varying(40) NOT NULL,
    actor character varying(64) NOT NULL,
    from_on date NOT NULL,
    until_on date,
    state character varying(8) NOT NULL,
    file_name character varying(255) NOT NULL,
    file_sha256 character varying(64) NOT NULL,
    rows bigint NOT NULL,
    entries bigint NOT NULL,
    twice bigint NOT NULL,
    rejected bigint NOT NULL,
    known bigint,
    added jsonb NOT NULL,
    read_at timestamp with time zone NOT NULL,
    live_at timestamp with time zone,
    ended_at timestamp with time zone,
    end_reason character varying(120) NOT NULL,
    ended_by_id bigint,
    imported_by_id bigint,
    index_key bytea,
    CONSTRAINT industry_list_removed_with_reason CHECK (((NOT ((state)::text = 'removed'::text)) OR (NOT ((end_reason)::text = ''::text))))
);

ALTER TABLE public.conduct_industrylist ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.conduct_industrylist_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.conduct_listing (
    value_index bytea NOT NULL,
    list_id bigint NOT NULL
);

CREATE TABLE public.conduct_listupload (
    token uuid NOT NULL,
    list_name character varying(80) NOT NULL,
    is_more boolean NOT NULL,
    terms jsonb NOT NULL,
    "column" character varying(80) NOT NULL,
    file_name character varying(255) NOT NULL,
    state character varying(8) NOT NULL,
    done bigint NOT NULL,
    total bigint NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    problem character varying(8) NOT NULL,
    why character varying(300) NOT NULL,
    key_sealed bytea,
    is_new boolean NOT NULL,
    by_id bigint,
    result_id bigint,
    CONSTRAINT list_upload_can_be_opened_until_read CHECK ((((key_sealed IS NOT NULL) AND ((state)::text = ANY ((ARRAY['waiting'::character varying, 'running'::character varying])::text[]))) OR ((ended_at IS NOT NULL) AND (key_sealed IS NULL) AND ((state)::text = ANY ((ARRAY['done'::character varying, 'failed'::character varying])::text[]))))),
    CONSTRAINT list_upload_failed_for_reason CHECK (((NOT ((state)::text = 'failed'::text)) OR (NOT ((problem)::text = ''::text))))
);

CREATE TABLE public.conduct_mandate (
    id bigint NOT NULL,
    agency character varying(64) NOT NULL,
    starts_on date NOT NULL,
    ends_on date,
    given_at timestamp with time zone NOT NULL,
    given_by_id bigint,
    reason character varying(200) NOT NULL,
    ended_at timestamp with time zone,
    ended_by_id bigint,
    end_reason character varying(200) NOT NULL,
    CONSTRAINT mandate_ended_with_reason CHECK (((ended_at IS NULL) OR ((NOT ((end_reason)::text = ''::text)) AND (ends_on IS NOT NULL)))),
    CONSTRAINT mandate_ends_after_start CHECK (((ends_on IS NULL) OR (ends_on >= starts_on) OR (ended_at IS NOT NULL))),
    CONSTRAINT mandate_names_agency CHECK ((NOT ((agency)::text = ''::text)))
);

ALTER TABLE public.conduct_mandate ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.conduct_mandate_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.conduct_rejectedlisting (
    id bigint NOT NULL,
    file_name character varying(255) NOT NULL,
    row_no bigint NOT NULL,
    field character varying(80) NOT NULL,
    reason character varying(120) NOT NULL,
    raw_sealed bytea NOT NULL,
    corrected_at timestamp with time zone,
    list_id bigint NOT NULL
);

ALTER TABLE public.conduct_rejectedlisting ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.conduct_rejectedlisting_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.conduct_verdictrecord (
    id bigint NOT NULL,
    judged_at timestamp with time zone NOT NULL,
    attempt_at timestamp with time zone NOT NULL,
    pack character varying(16) NOT NULL,
    pack_version character varying(96) NOT NULL,
    gate_action character varying(8) NOT NULL,
    expect character varying(24) NOT NULL,
    findings jsonb NOT NULL,
    facts jsonb NOT NULL,
    next_allowed_at timestamp with time zone,
    attempt_key character varying(160) NOT NULL,
    case_id bigint NOT NULL,
    party_id uuid NOT NULL,
    channel character varying(12) NOT NULL,
    against jsonb GENERATED ALWAYS AS (jsonb_path_query_array(findings, '$[*]?(@."gate_action" != "allow")."rule_id"'::jsonpath)) STORED,
    near jsonb GENERATED ALWAYS AS (jsonb_path_query_array(findings, '$[*]?(@."room"."near_miss" == true)."rule_id"'::jsonpath)) STORED,
    CONSTRAINT verdict_action CHECK (((gate_action)::text = ANY ((ARRAY['allow'::character varying, 'block'::character varying, 'review'::character varying])::text[]))),
    CONSTRAINT verdict_allows_by_its_findings CHECK ((((gate_action)::text <> 'allow'::text) OR ((jsonb_array_length(findings) > 0) AND (NOT jsonb_path_exists(findings, '$[*]?(!(@."gate_action" == "allow"))'::jsonpath)))))
);

ALTER TABLE public.conduct_verdictrecord ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.conduct_verdictrecord_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.dayrun_dayrun (
    id bigint NOT NULL,
    as_of date NOT NULL,
    inputs_hash character varying(64) NOT NULL,
    state character varying(7) NOT NULL,
    folder text NOT NULL,
    summary jsonb NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    snapshot_id bigint,
    strategy_id bigint,
    known_lines bigint NOT NULL,
    warning_id bigint
);

ALTER TABLE public.dayrun_dayrun ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.dayrun_dayrun_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.dayrun_daystep (
    id bigint NOT NULL,
    name character varying(16) NOT NULL,
    seconds double precision NOT NULL,
    counters jsonb NOT NULL,
    done_at timestamp with time zone NOT NULL,
    run_id bigint NOT NULL
);

ALTER TABLE public.dayrun_daystep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.dayrun_daystep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.dayrun_stripestep (
    id bigint NOT NULL,
    step character varying(16) NOT NULL,
    stripe integer NOT NULL,
    counters jsonb NOT NULL,
    done_at timestamp with time zone NOT NULL,
    run_id bigint NOT NULL
);

ALTER TABLE public.dayrun_stripestep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.dayrun_stripestep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);

ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);

ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);

CREATE TABLE public.event_inbox (
    id bigint NOT NULL,
    key character varying(128) NOT NULL,
    kind character varying(24) NOT NULL,
    loan_no character varying(64) NOT NULL,
    happened_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    source character varying(16) DEFAULT 'sql'::character varying NOT NULL,
    sealed bytea,
    received_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    state character varying(7) DEFAULT 'waiting'::character varying NOT NULL,
    attempts smallint DEFAULT 0 NOT NULL,
    due_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    done_at timestamp with time zone,
    error character varying(500) DEFAULT ''::character varying NOT NULL,
    result jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE public.event_inbox ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.event_inbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.evidence_entry (
    id bigint NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    actor text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    payload text NOT NULL,
    leaf_hash bytea NOT NULL
);

ALTER TABLE public.evidence_entry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.evidence_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.evidence_position (
    index bigint NOT NULL,
    entry_id bigint NOT NULL
);

CREATE TABLE public.evidence_queuedentry (
    entry_id bigint NOT NULL
);

CREATE TABLE public.evidence_storedanchor (
    id bigint NOT NULL,
    chain_id bigint NOT NULL,
    contract text NOT NULL,
    owner text NOT NULL,
    transaction text NOT NULL,
    block bigint NOT NULL,
    anchored_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    checkpoint_id bigint NOT NULL
);

ALTER TABLE public.evidence_storedanchor ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.evidence_storedanchor_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.evidence_storedcheckpoint (
    size bigint NOT NULL,
    root bytea NOT NULL,
    note text NOT NULL,
    signed_at timestamp with time zone NOT NULL
);

CREATE TABLE public.evidence_storedcosignature (
    id bigint NOT NULL,
    name text NOT NULL,
    key_id bytea NOT NULL,
    line text NOT NULL,
    cosigned_at timestamp with time zone,
    received_at timestamp with time zone NOT NULL,
    checkpoint_id bigint NOT NULL
);

ALTER TABLE public.evidence_storedcosignature ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.evidence_storedcosignature_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.evidence_storedtile (
    id bigint NOT NULL,
    level smallint NOT NULL,
    index bigint NOT NULL,
    hashes bytea NOT NULL
);
ALTER TABLE ONLY public.evidence_storedtile ALTER COLUMN hashes SET STORAGE EXTERNAL;

ALTER TABLE public.evidence_storedtile ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.evidence_storedtile_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.evidence_storedtimestamp (
    id bigint NOT NULL,
    authority text NOT NULL,
    response bytea NOT NULL,
    stamped_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    checkpoint_id bigint NOT NULL
);

ALTER TABLE public.evidence_storedtimestamp ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.evidence_storedtimestamp_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.evidence_verificationrun (
    id bigint NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    ok boolean NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    first_altered bigint,
    reason text NOT NULL
);

ALTER TABLE public.evidence_verificationrun ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.evidence_verificationrun_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.evidence_witnessstate (
    vkey text NOT NULL,
    name text NOT NULL,
    url text NOT NULL,
    size bigint NOT NULL,
    cosigned_at timestamp with time zone,
    asked_at timestamp with time zone,
    failures integer NOT NULL,
    error text NOT NULL,
    refusal text NOT NULL,
    refused_at timestamp with time zone,
    silent_since timestamp with time zone
);

CREATE TABLE public.exchange_rejectedrow (
    id bigint NOT NULL,
    "table" character varying(16) NOT NULL,
    row_no bigint NOT NULL,
    line_no bigint,
    errors jsonb NOT NULL,
    raw_sealed bytea NOT NULL,
    resolved_by_id bigint,
    tape_id bigint NOT NULL
);

ALTER TABLE public.exchange_rejectedrow ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.exchange_rejectedrow_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.exchange_tapeimport (
    id bigint NOT NULL,
    key character varying(64) NOT NULL,
    file_name character varying(255) NOT NULL,
    path text NOT NULL,
    size_bytes bigint NOT NULL,
    mapping character varying(80) NOT NULL,
    state character varying(8) NOT NULL,
    rows_read bigint NOT NULL,
    rows_accepted bigint NOT NULL,
    rows_rejected bigint NOT NULL,
    tables jsonb NOT NULL,
    as_of_from date,
    as_of_to date,
    error text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    imported_by_id bigint
);

ALTER TABLE public.exchange_tapeimport ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.exchange_tapeimport_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.experiments_arm (
    id bigint NOT NULL,
    name character varying(40) NOT NULL,
    share smallint NOT NULL,
    is_champion boolean NOT NULL,
    stopped_on date,
    stop_reason text NOT NULL,
    strategy_id bigint,
    experiment_id bigint NOT NULL,
    words character varying(64) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT arm_of_strategy_or_words CHECK ((((strategy_id IS NULL) OR ((words)::text = ''::text)) AND (1 = (
CASE
    WHEN (strategy_id IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((words)::text = ''::text) THEN 1
    ELSE 0
END)))),
    CONSTRAINT arm_share CHECK (((share > 0) AND (share <= 10000))),
    CONSTRAINT experiments_arm_share_check CHECK ((share >= 0))
);

ALTER TABLE public.experiments_arm ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.experiments_arm_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.experiments_enrolment (
    id bigint NOT NULL,
    debtor character varying(80) NOT NULL,
    entered_on date NOT NULL,
    known_on date,
    cured boolean,
    recovered bigint,
    complained_on date,
    blocked_on date,
    opted_out_on date,
    arm_id bigint NOT NULL,
    experiment_id bigint NOT NULL,
    delivered_on date,
    promised_on date,
    replied_on date,
    CONSTRAINT outcome_known_as_a_whole CHECK ((((cured IS NULL) AND (known_on IS NULL) AND (recovered IS NULL)) OR ((cured IS NOT NULL) AND (known_on IS NOT NULL) AND (recovered IS NOT NULL))))
);

ALTER TABLE public.experiments_enrolment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.experiments_enrolment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.experiments_experiment (
    id bigint NOT NULL,
    key character varying(40) NOT NULL,
    title character varying(120) NOT NULL,
    note text NOT NULL,
    state character varying(8) NOT NULL,
    currency character varying(3) NOT NULL,
    metric character varying(10) NOT NULL,
    window_days smallint NOT NULL,
    matters double precision NOT NULL,
    baseline double precision,
    deviation double precision,
    cap bigint NOT NULL,
    alpha double precision NOT NULL,
    power double precision NOT NULL,
    planned_debtors integer NOT NULL,
    guards jsonb NOT NULL,
    planned_at timestamp with time zone NOT NULL,
    started_on date,
    stopped_on date,
    stop_reason text NOT NULL,
    conclusion character varying(8) NOT NULL,
    planned_by_id bigint,
    proposed_by_id bigint,
    winner_id bigint,
    template character varying(40) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT experiment_started_has_day CHECK ((((state)::text = ANY ((ARRAY['planned'::character varying, 'dropped'::character varying])::text[])) OR (started_on IS NOT NULL))),
    CONSTRAINT experiments_experiment_planned_debtors_check CHECK ((planned_debtors >= 0)),
    CONSTRAINT experiments_experiment_window_days_check CHECK ((window_days >= 0))
);

ALTER TABLE public.experiments_experiment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.experiments_experiment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.experiments_figure (
    id bigint NOT NULL,
    as_of date NOT NULL,
    advice character varying(16) NOT NULL,
    "values" jsonb NOT NULL,
    arm_id bigint NOT NULL
);

ALTER TABLE public.experiments_figure ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.experiments_figure_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.mfa_authenticator (
    id bigint NOT NULL,
    type character varying(20) NOT NULL,
    data jsonb NOT NULL,
    user_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone
);

ALTER TABLE public.mfa_authenticator ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.mfa_authenticator_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.notices_notice (
    id bigint NOT NULL,
    kind character varying(16) NOT NULL,
    key character varying(160) NOT NULL,
    loan_no character varying(64) NOT NULL,
    data jsonb NOT NULL,
    many integer NOT NULL,
    at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    by_id bigint,
    user_id bigint NOT NULL
);

ALTER TABLE public.notices_notice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.notices_notice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.notices_preference (
    user_id bigint NOT NULL,
    muted jsonb NOT NULL
);

CREATE TABLE public.notices_staffmessage (
    id bigint NOT NULL,
    notice_at timestamp with time zone NOT NULL,
    state character varying(7) NOT NULL,
    tries integer NOT NULL,
    next_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    msgid character varying(120) NOT NULL,
    error character varying(120) NOT NULL,
    notice_id bigint NOT NULL
);

ALTER TABLE public.notices_staffmessage ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.notices_staffmessage_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_attempt (
    id bigint NOT NULL,
    key character varying(160) NOT NULL,
    channel character varying(12) NOT NULL,
    purpose character varying(24) NOT NULL,
    gate_action character varying(8) NOT NULL,
    state character varying(7) NOT NULL,
    result character varying(24) NOT NULL,
    effective boolean NOT NULL,
    at timestamp with time zone NOT NULL,
    template character varying(40) NOT NULL,
    template_version character varying(64) NOT NULL,
    locale character varying(10) NOT NULL,
    subject_sealed bytea,
    body_sealed bytea,
    message_id character varying(200) NOT NULL,
    booked_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    error text NOT NULL,
    action_id bigint,
    case_id bigint NOT NULL,
    contact_point_id bigint,
    made_by_id bigint,
    party_id uuid NOT NULL,
    verdict_id bigint NOT NULL,
    agency character varying(64) NOT NULL,
    override_id bigint,
    answered_by character varying(12) NOT NULL,
    reported boolean DEFAULT false NOT NULL,
    arm_id bigint,
    choice jsonb,
    CONSTRAINT only_allowed_attempts_leave CHECK (((((gate_action)::text = 'allow'::text) AND (override_id IS NULL)) OR ((override_id IS NULL) AND ((state)::text = 'blocked'::text)) OR ((override_id IS NULL) AND reported AND ((state)::text = ANY ((ARRAY['made'::character varying, 'sent'::character varying])::text[]))) OR (((gate_action)::text = 'review'::text) AND (override_id IS NOT NULL))))
);

ALTER TABLE public.outreach_attempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_attempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_breach (
    id bigint NOT NULL,
    gate_action character varying(8) NOT NULL,
    rules jsonb NOT NULL,
    late boolean NOT NULL,
    found_at timestamp with time zone NOT NULL,
    attempt_id bigint NOT NULL,
    CONSTRAINT breach_of_a_rule CHECK (((gate_action)::text = ANY ((ARRAY['block'::character varying, 'review'::character varying])::text[])))
);

ALTER TABLE public.outreach_breach ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_breach_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_contactoutcome (
    id bigint NOT NULL,
    key character varying(160) NOT NULL,
    agency character varying(64) NOT NULL,
    channel character varying(12) NOT NULL,
    direction character varying(3) NOT NULL,
    at timestamp with time zone NOT NULL,
    code character varying(24) NOT NULL,
    codes_from date NOT NULL,
    result character varying(24) NOT NULL,
    effective boolean NOT NULL,
    right_party boolean NOT NULL,
    answered_by character varying(12) NOT NULL,
    staff smallint,
    next_step character varying(12) NOT NULL,
    follow_up_on date,
    told_at timestamp with time zone NOT NULL,
    attempt_id bigint,
    case_id bigint NOT NULL,
    party_id uuid NOT NULL,
    told_by_id bigint,
    CONSTRAINT outcome_of_attempt_is_out CHECK (((attempt_id IS NULL) OR ((direction)::text = 'out'::text))),
    CONSTRAINT outcome_staff_of_visit CHECK (((staff IS NULL) OR ((channel)::text = 'visit'::text))),
    CONSTRAINT outreach_contactoutcome_staff_check CHECK ((staff >= 0))
);

ALTER TABLE public.outreach_contactoutcome ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_contactoutcome_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_delivery (
    id bigint NOT NULL,
    gateway character varying(24) NOT NULL,
    state character varying(11) NOT NULL,
    tries smallint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    handed_at timestamp with time zone,
    settled_at timestamp with time zone,
    done_at timestamp with time zone,
    error text NOT NULL,
    closing character varying(5) NOT NULL,
    closed_at timestamp with time zone,
    close_reason character varying(120) NOT NULL,
    attempt_id bigint NOT NULL,
    closed_by_id bigint,
    replaced_by_id bigint,
    parts smallint DEFAULT 1 NOT NULL,
    "references" character varying(80)[] DEFAULT '{}'::character varying(80)[] NOT NULL,
    CONSTRAINT dead_letter_closed_whole CHECK ((((closed_at IS NULL) AND ((closing)::text = ''::text) AND (replaced_by_id IS NULL)) OR ((closed_at IS NOT NULL) AND ((closing)::text = 'left'::text) AND (replaced_by_id IS NULL)) OR ((closed_at IS NOT NULL) AND ((closing)::text = 'again'::text) AND (replaced_by_id IS NOT NULL)))),
    CONSTRAINT outreach_delivery_parts_check CHECK ((parts >= 0)),
    CONSTRAINT outreach_delivery_tries_check CHECK ((tries >= 0))
);

ALTER TABLE public.outreach_delivery ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_delivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_fieldvisit (
    id bigint NOT NULL,
    from_at timestamp with time zone NOT NULL,
    until_at timestamp with time zone NOT NULL,
    announced_by character varying(6) NOT NULL,
    announced_at timestamp with time zone,
    ordered_at timestamp with time zone NOT NULL,
    checked_in_at timestamp with time zone,
    called_off character varying(7) NOT NULL,
    attempt_id bigint NOT NULL,
    case_id bigint NOT NULL,
    checked_in_by_id bigint,
    first_id bigint NOT NULL,
    second_id bigint NOT NULL,
    joined_at timestamp with time zone,
    joined_by_id bigint,
    CONSTRAINT visit_by_two CHECK ((NOT (first_id = second_id))),
    CONSTRAINT visit_checked_in_by_somebody CHECK ((((checked_in_at IS NULL) AND (checked_in_by_id IS NULL)) OR ((checked_in_at IS NOT NULL) AND (checked_in_by_id IS NOT NULL)))),
    CONSTRAINT visit_joined_by_the_other CHECK ((((joined_at IS NULL) AND (joined_by_id IS NULL)) OR ((checked_in_by_id IS NOT NULL) AND (joined_at IS NOT NULL) AND (joined_by_id IS NOT NULL) AND (NOT ((joined_by_id = checked_in_by_id) AND (joined_by_id IS NOT NULL) AND (checked_in_by_id IS NOT NULL)))))),
    CONSTRAINT visit_window CHECK ((until_at > from_at))
);

ALTER TABLE public.outreach_fieldvisit ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_fieldvisit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_letteragain (
    id bigint NOT NULL,
    fared character varying(7) NOT NULL,
    delivery_id bigint NOT NULL,
    order_id bigint NOT NULL
);

ALTER TABLE public.outreach_letteragain ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_letteragain_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_letterbatch (
    id bigint NOT NULL,
    gateway character varying(24) NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    made_at timestamp with time zone,
    made_by_id bigint,
    wants_files boolean DEFAULT false NOT NULL,
    written_at timestamp with time zone
);

ALTER TABLE public.outreach_letterbatch ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_letterbatch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_letterstatusfile (
    id bigint NOT NULL,
    sha256 character varying(64) NOT NULL,
    name character varying(120) NOT NULL,
    taken integer NOT NULL,
    known integer NOT NULL,
    brought_at timestamp with time zone NOT NULL,
    brought_by_id bigint
);

ALTER TABLE public.outreach_letterstatusfile ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_letterstatusfile_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_letterstatusreject (
    id bigint NOT NULL,
    line integer NOT NULL,
    field character varying(20) NOT NULL,
    problem character varying(120) NOT NULL,
    row_sealed bytea NOT NULL,
    file_id bigint NOT NULL
);

ALTER TABLE public.outreach_letterstatusreject ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_letterstatusreject_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_mailattachment (
    id bigint NOT NULL,
    nth smallint NOT NULL,
    origin character varying(8) NOT NULL,
    media_type character varying(100) NOT NULL,
    size bigint NOT NULL,
    name_sealed bytea,
    content_sealed bytea,
    why character varying(9) NOT NULL,
    received_at timestamp with time zone NOT NULL,
    case_id bigint,
    mail_id bigint NOT NULL,
    stored_id uuid,
    unknown_id bigint,
    CONSTRAINT mail_attachment_waits_or_is_settled CHECK (((content_sealed IS NULL) OR ((stored_id IS NULL) AND ((why)::text = ''::text))))
);

ALTER TABLE public.outreach_mailattachment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_mailattachment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_opening (
    id bigint NOT NULL,
    priority integer NOT NULL,
    ways jsonb NOT NULL,
    later_at timestamp with time zone,
    later_on date,
    outcome character varying(8) NOT NULL,
    desk character varying(24) NOT NULL,
    step integer,
    action_id bigint NOT NULL,
    pacing_id bigint NOT NULL
);

ALTER TABLE public.outreach_opening ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_opening_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_override (
    id bigint NOT NULL,
    gate_action character varying(8) NOT NULL,
    channel character varying(12) NOT NULL,
    purpose character varying(24) NOT NULL,
    agency character varying(64) NOT NULL,
    template character varying(40) NOT NULL,
    rules jsonb NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    state character varying(8) NOT NULL,
    decision text NOT NULL,
    decided_at timestamp with time zone,
    valid_until timestamp with time zone,
    asked_by_id bigint NOT NULL,
    decided_by_id bigint,
    case_id bigint NOT NULL,
    party_id uuid NOT NULL,
    stopped_id bigint NOT NULL,
    CONSTRAINT override_by_two_people CHECK ((((decided_at IS NULL) AND (decided_by_id IS NULL) AND ((state)::text = 'asked'::text) AND (valid_until IS NULL)) OR ((NOT ((decided_by_id = asked_by_id) AND (decided_by_id IS NOT NULL))) AND (decided_at IS NOT NULL) AND (decided_by_id IS NOT NULL) AND ((state)::text = ANY ((ARRAY['approved'::character varying, 'refused'::character varying])::text[]))))),
    CONSTRAINT override_ends CHECK (((NOT ((state)::text = 'approved'::text)) OR ((valid_until > decided_at) AND (valid_until IS NOT NULL)))),
    CONSTRAINT override_ends_soon CHECK ((valid_until <= (decided_at + '3 days'::interval))),
    CONSTRAINT override_of_review_only CHECK (((gate_action)::text = 'review'::text))
);

ALTER TABLE public.outreach_override ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_override_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_pacing (
    id bigint NOT NULL,
    as_of date NOT NULL,
    moment timestamp with time zone NOT NULL,
    per_hour jsonb NOT NULL,
    told jsonb NOT NULL,
    finished_at timestamp with time zone
);

ALTER TABLE public.outreach_pacing ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_pacing_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_portalmessage (
    id bigint NOT NULL,
    key character varying(160) NOT NULL,
    token uuid NOT NULL,
    title_sealed bytea,
    body_sealed bytea,
    template character varying(40) NOT NULL,
    template_version character varying(64) NOT NULL,
    locale character varying(10) NOT NULL,
    specimen boolean NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    read_via character varying(24) NOT NULL,
    withdrawn_at timestamp with time zone,
    attempt_id bigint NOT NULL,
    case_id bigint NOT NULL,
    party_id uuid NOT NULL,
    withdrawn_by_id bigint,
    CONSTRAINT portal_message_read_whole CHECK ((((read_at IS NULL) AND ((read_via)::text = ''::text)) OR ((read_at IS NOT NULL) AND (NOT ((read_via)::text = ''::text))))),
    CONSTRAINT portal_message_withdrawn_whole CHECK ((((withdrawn_at IS NULL) AND (withdrawn_by_id IS NULL)) OR ((withdrawn_at IS NOT NULL) AND (withdrawn_by_id IS NOT NULL))))
);

ALTER TABLE public.outreach_portalmessage ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_portalmessage_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_printedletter (
    id bigint NOT NULL,
    number character varying(24) NOT NULL,
    sha256 character varying(64) NOT NULL,
    pages smallint NOT NULL,
    problem character varying(120) NOT NULL,
    batch_id bigint NOT NULL,
    delivery_id bigint NOT NULL,
    file_id uuid,
    CONSTRAINT outreach_printedletter_pages_check CHECK ((pages >= 0))
);

ALTER TABLE public.outreach_printedletter ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_printedletter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_receipt (
    id bigint NOT NULL,
    gateway character varying(24) NOT NULL,
    reference character varying(80) NOT NULL,
    fate character varying(11) NOT NULL,
    words character varying(80) NOT NULL,
    received_at timestamp with time zone NOT NULL,
    delivery_id bigint
);

ALTER TABLE public.outreach_receipt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_receipt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_receivedmail (
    id bigint NOT NULL,
    key character varying(64) NOT NULL,
    kind character varying(9) NOT NULL,
    problem character varying(120) NOT NULL,
    raw_sealed bytea,
    received_at timestamp with time zone NOT NULL,
    delivery_id bigint
);

ALTER TABLE public.outreach_receivedmail ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_receivedmail_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_sendingagain (
    id bigint NOT NULL,
    key character varying(128) NOT NULL,
    asked jsonb NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    asked_by_id bigint NOT NULL,
    stopped_by_id bigint
);

ALTER TABLE public.outreach_sendingagain ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_sendingagain_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_templateevent (
    id bigint NOT NULL,
    kind character varying(16) NOT NULL,
    reason text NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id bigint,
    template_id bigint NOT NULL
);

ALTER TABLE public.outreach_templateevent ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_templateevent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_templateversion (
    id bigint NOT NULL,
    key character varying(40) NOT NULL,
    number integer NOT NULL,
    channel character varying(12) NOT NULL,
    purpose character varying(24) NOT NULL,
    about character varying(120) NOT NULL,
    stages character varying(8)[] NOT NULL,
    variables jsonb NOT NULL,
    locales jsonb NOT NULL,
    version character varying(64) NOT NULL,
    state character varying(9) NOT NULL,
    from_file boolean NOT NULL,
    revision integer NOT NULL,
    effective_on date,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    approved_by_id bigint,
    author_id bigint,
    base_id bigint,
    proposed_by_id bigint,
    variant_of character varying(40) DEFAULT ''::character varying NOT NULL,
    tone character varying(12) DEFAULT ''::character varying NOT NULL,
    offer character varying(24) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT outreach_templateversion_number_check CHECK ((number >= 0)),
    CONSTRAINT template_by_two_people CHECK ((from_file OR ((author_id IS NOT NULL) AND ((state)::text = ANY ((ARRAY['draft'::character varying, 'proposed'::character varying, 'discarded'::character varying])::text[]))) OR ((approved_by_id IS NOT NULL) AND (author_id IS NOT NULL) AND (proposed_by_id IS NOT NULL) AND (NOT ((approved_by_id = author_id) AND (approved_by_id IS NOT NULL) AND (author_id IS NOT NULL))) AND (NOT ((approved_by_id = proposed_by_id) AND (approved_by_id IS NOT NULL) AND (proposed_by_id IS NOT NULL)))))),
    CONSTRAINT template_proposed_whole CHECK ((((state)::text = ANY ((ARRAY['draft'::character varying, 'discarded'::character varying])::text[])) OR ((effective_on IS NOT NULL) AND (NOT ((version)::text = ''::text)))))
);

ALTER TABLE public.outreach_templateversion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_templateversion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_textpart (
    id bigint NOT NULL,
    gateway character varying(24) NOT NULL,
    number_index bytea NOT NULL,
    number_sealed bytea NOT NULL,
    octets_sealed bytea NOT NULL,
    reference integer NOT NULL,
    total smallint NOT NULL,
    number smallint NOT NULL,
    coding smallint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    told_at timestamp with time zone
);

ALTER TABLE public.outreach_textpart ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_textpart_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_unknowntext (
    id bigint NOT NULL,
    key character varying(32) NOT NULL,
    gateway character varying(24) NOT NULL,
    number_sealed bytea NOT NULL,
    text_sealed bytea NOT NULL,
    asks_to_stop boolean NOT NULL,
    received_at timestamp with time zone NOT NULL,
    case_id bigint,
    reason_sealed bytea,
    settled character varying(9) DEFAULT ''::character varying NOT NULL,
    settled_at timestamp with time zone,
    settled_by_id bigint,
    CONSTRAINT unknown_text_settled_whole CHECK ((((case_id IS NULL) AND ((settled)::text = ''::text) AND (settled_at IS NULL)) OR ((case_id IS NOT NULL) AND ((settled)::text = 'assigned'::text) AND (settled_at IS NOT NULL)) OR ((case_id IS NULL) AND ((settled)::text = 'dismissed'::text) AND (settled_at IS NOT NULL))))
);

ALTER TABLE public.outreach_unknowntext ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outreach_unknowntext_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outreach_visitstep (
    id uuid NOT NULL,
    kind character varying(9) NOT NULL,
    claimed_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    at timestamp with time zone NOT NULL,
    clock_off_s integer,
    late boolean NOT NULL,
    outside_window boolean NOT NULL,
    "position" character varying(11) NOT NULL,
    standing character varying(8) NOT NULL,
    why character varying(200) NOT NULL,
    told_sealed bytea,
    by_id bigint NOT NULL,
    stored_id uuid,
    visit_id bigint NOT NULL,
    CONSTRAINT visit_photo_is_there CHECK (((NOT ((kind)::text = 'photo'::text)) OR (stored_id IS NOT NULL))),
    CONSTRAINT visit_stopped_arriving CHECK (((NOT ((standing)::text = 'stopped'::text)) OR ((kind)::text = 'check_in'::text)))
);

CREATE TABLE public.parties_consent (
    id bigint NOT NULL,
    channel character varying(12) NOT NULL,
    granted boolean NOT NULL,
    given_at timestamp with time zone NOT NULL,
    source character varying(32) NOT NULL,
    party_id uuid NOT NULL,
    key character varying(160) DEFAULT ''::character varying NOT NULL,
    language character varying(10) DEFAULT ''::character varying NOT NULL,
    purpose character varying(32) DEFAULT 'contact'::character varying NOT NULL,
    recorded_at timestamp with time zone DEFAULT statement_timestamp(),
    recorded_by_id bigint,
    text_version character varying(64) DEFAULT ''::character varying NOT NULL
);

ALTER TABLE public.parties_consent ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.parties_consent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.parties_contactpoint (
    id bigint NOT NULL,
    kind character varying(8) NOT NULL,
    value_sealed bytea NOT NULL,
    value_index bytea NOT NULL,
    source character varying(32) NOT NULL,
    valid boolean NOT NULL,
    added_at timestamp with time zone NOT NULL,
    party_id uuid NOT NULL,
    unusable character varying(16) DEFAULT ''::character varying NOT NULL,
    unusable_at timestamp with time zone,
    place_sealed bytea,
    CONSTRAINT contact_point_unusable_not_valid CHECK (((((unusable)::text = ''::text) AND (unusable_at IS NULL)) OR ((unusable_at IS NOT NULL) AND (NOT valid) AND (NOT ((unusable)::text = ''::text)))))
);

ALTER TABLE public.parties_contactpoint ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.parties_contactpoint_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.parties_correction (
    id bigint NOT NULL,
    kind character varying(8) NOT NULL,
    before_sealed bytea NOT NULL,
    after_sealed bytea NOT NULL,
    reason character varying(200) DEFAULT ''::character varying NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id bigint,
    party_id uuid NOT NULL
);

ALTER TABLE public.parties_correction ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.parties_correction_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.parties_damagedkey (
    party_id uuid NOT NULL,
    found_at timestamp with time zone NOT NULL,
    tried_at timestamp with time zone NOT NULL
);

CREATE TABLE public.parties_loanparty (
    id bigint NOT NULL,
    loan_no character varying(64) NOT NULL,
    role character varying(12) NOT NULL,
    plate_sealed bytea,
    plate_index bytea,
    vin_sealed bytea,
    vin_index bytea,
    party_id uuid NOT NULL
);

ALTER TABLE public.parties_loanparty ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.parties_loanparty_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.parties_party (
    token uuid NOT NULL,
    party_no character varying(64) NOT NULL,
    language character varying(10) NOT NULL,
    time_zone character varying(64) NOT NULL,
    region character varying(80) NOT NULL,
    synthetic boolean NOT NULL,
    wrapped_key bytea,
    name_sealed bytea,
    name_tokens bytea[] NOT NULL,
    id_no_sealed bytea,
    id_no_index bytea,
    created_at timestamp with time zone NOT NULL,
    erased_at timestamp with time zone,
    zones character varying(64)[] NOT NULL,
    erase_reason character varying(120) DEFAULT ''::character varying NOT NULL,
    erased_by_id bigint,
    told_again_at timestamp with time zone,
    tokens_version smallint DEFAULT 0 NOT NULL,
    index_key bytea,
    CONSTRAINT party_erased_has_nothing CHECK (((erased_at IS NULL) OR ((id_no_index IS NULL) AND (id_no_sealed IS NULL) AND (name_sealed IS NULL) AND (wrapped_key IS NULL))))
);

CREATE TABLE public.parties_retiredkey (
    key_id bytea NOT NULL,
    retired_at timestamp with time zone NOT NULL
);

CREATE TABLE public.parties_sealedwords (
    id bigint NOT NULL,
    key character varying(200) NOT NULL,
    name character varying(16) NOT NULL,
    text_sealed bytea,
    party_id uuid
);

ALTER TABLE public.parties_sealedwords ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.parties_sealedwords_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.parties_unmasking (
    id bigint NOT NULL,
    loan_no character varying(80) NOT NULL,
    kind character varying(8) NOT NULL,
    reason character varying(16) NOT NULL,
    note_sealed bytea,
    at timestamp with time zone NOT NULL,
    by_id bigint NOT NULL,
    party_id uuid NOT NULL,
    CONSTRAINT unmasking_has_reason CHECK ((NOT ((reason)::text = ''::text)))
);

ALTER TABLE public.parties_unmasking ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.parties_unmasking_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.portfolio_receivedevent (
    id bigint NOT NULL,
    idempotency_key character varying(128) NOT NULL,
    loan_no character varying(64) NOT NULL,
    kind character varying(24) NOT NULL,
    happened_on date NOT NULL,
    amount bigint,
    source character varying(16) NOT NULL,
    entered_at timestamp with time zone NOT NULL,
    known_on date
);

ALTER TABLE public.portfolio_receivedevent ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.portfolio_receivedevent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.portfolio_receivedpayment (
    id bigint NOT NULL,
    idempotency_key character varying(128) NOT NULL,
    loan_no character varying(64) NOT NULL,
    amount bigint NOT NULL,
    currency character varying(3) NOT NULL,
    paid_on date NOT NULL,
    kind character varying(12) NOT NULL,
    source character varying(16) NOT NULL,
    entered_at timestamp with time zone NOT NULL,
    known_on date
);

ALTER TABLE public.portfolio_receivedpayment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.portfolio_receivedpayment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.portfolio_snapshot (
    id bigint NOT NULL,
    as_of date NOT NULL,
    revision integer NOT NULL,
    inputs_hash character varying(64) NOT NULL,
    folder text NOT NULL,
    manifest jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL
);

ALTER TABLE public.portfolio_snapshot ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.portfolio_snapshot_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.procrastinate_events (
    id bigint NOT NULL,
    job_id bigint NOT NULL,
    type public.procrastinate_job_event_type,
    at timestamp with time zone DEFAULT now()
);

CREATE SEQUENCE public.procrastinate_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.procrastinate_events_id_seq OWNED BY public.procrastinate_events.id;

CREATE SEQUENCE public.procrastinate_jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.procrastinate_jobs_id_seq OWNED BY public.procrastinate_jobs.id;

CREATE TABLE public.procrastinate_periodic_defers (
    id bigint NOT NULL,
    task_name character varying(128) NOT NULL,
    defer_timestamp bigint,
    job_id bigint,
    periodic_id character varying(128) DEFAULT ''::character varying NOT NULL
);

CREATE SEQUENCE public.procrastinate_periodic_defers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.procrastinate_periodic_defers_id_seq OWNED BY public.procrastinate_periodic_defers.id;

CREATE TABLE public.procrastinate_workers (
    id bigint NOT NULL,
    last_heartbeat timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.procrastinate_workers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.procrastinate_workers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.recordings_chunk (
    id bigint NOT NULL,
    seq integer NOT NULL,
    size integer NOT NULL,
    sha256 bytea NOT NULL,
    link bytea NOT NULL,
    from_ms integer NOT NULL,
    to_ms integer NOT NULL,
    peaks bytea NOT NULL,
    sealed bytea,
    received_at timestamp with time zone NOT NULL,
    recording_id uuid NOT NULL
);
ALTER TABLE ONLY public.recordings_chunk ALTER COLUMN sealed SET STORAGE EXTERNAL;

ALTER TABLE public.recordings_chunk ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.recordings_chunk_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.recordings_duerecording (
    id bigint NOT NULL,
    kind character varying(6) NOT NULL,
    page character varying(40) NOT NULL,
    due_at timestamp with time zone NOT NULL,
    absent_at timestamp with time zone,
    late_at timestamp with time zone,
    attempt_id bigint,
    case_id bigint NOT NULL,
    staff_id bigint NOT NULL,
    CONSTRAINT due_recording_late_if_absent CHECK (((late_at IS NULL) OR (absent_at IS NOT NULL))),
    CONSTRAINT due_recording_of_page_or_call CHECK ((((attempt_id IS NULL) AND ((kind)::text = 'screen'::text)) OR ((attempt_id IS NOT NULL) AND ((kind)::text = 'audio'::text))))
);

ALTER TABLE public.recordings_duerecording ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.recordings_duerecording_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.recordings_part (
    id bigint NOT NULL,
    first integer NOT NULL,
    count integer NOT NULL,
    previous bytea NOT NULL,
    head bytea NOT NULL,
    planned_at timestamp with time zone NOT NULL,
    stored_at timestamp with time zone,
    recording_id uuid NOT NULL,
    stored_id uuid,
    CONSTRAINT part_is_not_empty CHECK ((count > 0)),
    CONSTRAINT part_stored_with_its_time CHECK ((((stored_id IS NULL) AND (stored_at IS NULL)) OR ((stored_id IS NOT NULL) AND (stored_at IS NOT NULL))))
);

ALTER TABLE public.recordings_part ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.recordings_part_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.recordings_playback (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    why character varying(12) NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    by_id bigint NOT NULL,
    recording_id uuid NOT NULL
);

ALTER TABLE public.recordings_playback ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.recordings_playback_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.recordings_recordedcontact (
    id bigint NOT NULL,
    at_ms integer NOT NULL,
    attempt_id bigint NOT NULL,
    recording_id uuid NOT NULL
);

ALTER TABLE public.recordings_recordedcontact ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.recordings_recordedcontact_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.recordings_recording (
    token uuid NOT NULL,
    kind character varying(6) NOT NULL,
    page character varying(40) NOT NULL,
    mime character varying(60) NOT NULL,
    state character varying(10) NOT NULL,
    reason character varying(16) NOT NULL,
    started_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    duration_ms integer NOT NULL,
    chunk_count integer NOT NULL,
    byte_count bigint NOT NULL,
    head bytea NOT NULL,
    told_count integer NOT NULL,
    told_at timestamp with time zone NOT NULL,
    sealed_key bytea NOT NULL,
    case_id bigint NOT NULL,
    key_party_id uuid,
    staff_id bigint NOT NULL,
    masked boolean NOT NULL,
    archived_count integer NOT NULL,
    CONSTRAINT recording_archived_what_it_has CHECK ((archived_count <= chunk_count)),
    CONSTRAINT recording_refused_is_empty CHECK (((NOT ((state)::text = 'refused'::text)) OR (chunk_count = 0))),
    CONSTRAINT recording_told_what_it_has CHECK ((told_count <= chunk_count))
);

CREATE TABLE public.reports_reportmail (
    id bigint NOT NULL,
    state character varying(7) NOT NULL,
    tries integer NOT NULL,
    next_at timestamp with time zone NOT NULL,
    written jsonb,
    written_at timestamp with time zone,
    digest character varying(64) NOT NULL,
    sent_at timestamp with time zone,
    error character varying(240) NOT NULL,
    user_id bigint NOT NULL,
    run_id bigint NOT NULL
);

ALTER TABLE public.reports_reportmail ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.reports_reportmail_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.reports_reportrun (
    id bigint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    made_at timestamp with time zone NOT NULL,
    asked_by_id bigint,
    schedule_id bigint NOT NULL
);

ALTER TABLE public.reports_reportrun ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.reports_reportrun_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.reports_reportschedule (
    id bigint NOT NULL,
    report character varying(16) NOT NULL,
    every character varying(5) NOT NULL,
    "on" smallint NOT NULL,
    clock time without time zone NOT NULL,
    time_zone character varying(64) NOT NULL,
    language character varying(5) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    next_at timestamp with time zone,
    made_by_id bigint,
    narrowed jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE public.reports_reportschedule ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.reports_reportschedule_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.reports_reportschedule_recipients (
    id bigint NOT NULL,
    reportschedule_id bigint NOT NULL,
    user_id bigint NOT NULL
);

ALTER TABLE public.reports_reportschedule_recipients ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.reports_reportschedule_recipients_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.rights_contesteddecision (
    id bigint NOT NULL,
    treatment character varying(40) NOT NULL,
    decided_on date NOT NULL,
    currency character varying(3) NOT NULL,
    decision jsonb NOT NULL,
    reasons jsonb NOT NULL,
    outcome character varying(8) NOT NULL,
    treatment_after character varying(40) NOT NULL,
    until_on date,
    case_id bigint,
    request_id bigint NOT NULL,
    strategy_id bigint NOT NULL,
    CONSTRAINT contested_changed_to_what CHECK (((((outcome)::text = 'changed'::text) AND (until_on IS NOT NULL) AND (NOT ((treatment_after)::text = ''::text))) OR ((NOT ((outcome)::text = 'changed'::text)) AND ((treatment_after)::text = ''::text) AND (until_on IS NULL))))
);

ALTER TABLE public.rights_contesteddecision ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.rights_contesteddecision_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.rights_rightsrequest (
    id bigint NOT NULL,
    key character varying(160) NOT NULL,
    loan_no character varying(64) NOT NULL,
    kind character varying(12) NOT NULL,
    channel character varying(10) NOT NULL,
    asker character varying(14) NOT NULL,
    proof character varying(14) NOT NULL,
    jurisdiction character varying(8) NOT NULL,
    text_sealed bytea,
    received_at timestamp with time zone NOT NULL,
    registered_at timestamp with time zone NOT NULL,
    state character varying(10) NOT NULL,
    deadlines jsonb NOT NULL,
    due_on date,
    extended boolean NOT NULL,
    refusal character varying(14) NOT NULL,
    closed_at timestamp with time zone,
    case_id bigint,
    decided_by_id bigint,
    party_id uuid NOT NULL,
    proposed_by_id bigint,
    registered_by_id bigint,
    CONSTRAINT rights_appeal_by_another CHECK (((NOT (((kind)::text = 'appeal'::text) AND ((state)::text = ANY ((ARRAY['done'::character varying, 'refused'::character varying])::text[])))) OR ((decided_by_id IS NOT NULL) AND ((registered_by_id IS NULL) OR (NOT ((registered_by_id = decided_by_id) AND (registered_by_id IS NOT NULL) AND (decided_by_id IS NOT NULL))))))),
    CONSTRAINT rights_closed_at_a_moment CHECK ((((closed_at IS NOT NULL) AND ((state)::text = ANY ((ARRAY['done'::character varying, 'refused'::character varying, 'withdrawn'::character varying])::text[]))) OR ((NOT ((state)::text = ANY ((ARRAY['done'::character varying, 'refused'::character varying, 'withdrawn'::character varying])::text[]))) AND (closed_at IS NULL)))),
    CONSTRAINT rights_erasure_by_two CHECK (((NOT (((kind)::text = 'erasure'::text) AND ((state)::text = 'done'::text))) OR ((decided_by_id IS NOT NULL) AND (proposed_by_id IS NOT NULL) AND (NOT ((proposed_by_id = decided_by_id) AND (proposed_by_id IS NOT NULL) AND (decided_by_id IS NOT NULL)))))),
    CONSTRAINT rights_proposed_by_someone CHECK (((NOT ((state)::text = 'proposed'::text)) OR (((kind)::text = 'erasure'::text) AND (proposed_by_id IS NOT NULL)))),
    CONSTRAINT rights_refused_with_reason CHECK (((((state)::text = 'refused'::text) AND (NOT ((refusal)::text = ''::text))) OR ((NOT ((state)::text = 'refused'::text)) AND ((refusal)::text = ''::text))))
);

ALTER TABLE public.rights_rightsrequest ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.rights_rightsrequest_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.rights_rightsstep (
    id bigint NOT NULL,
    key character varying(200) NOT NULL,
    kind character varying(12) NOT NULL,
    at timestamp with time zone NOT NULL,
    data jsonb NOT NULL,
    text_sealed bytea,
    by_id bigint,
    request_id bigint NOT NULL
);

ALTER TABLE public.rights_rightsstep ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.rights_rightsstep_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.savedviews_savedview (
    id bigint NOT NULL,
    place character varying(16) NOT NULL,
    name character varying(60) NOT NULL,
    query character varying(500) NOT NULL,
    is_default boolean NOT NULL,
    owner_id bigint NOT NULL,
    shared_with_id bigint
);

ALTER TABLE public.savedviews_savedview ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.savedviews_savedview_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.signin_cache (
    cache_key character varying(255) NOT NULL,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);

CREATE TABLE public.signin_invitation (
    id bigint NOT NULL,
    secret_hash bytea NOT NULL,
    is_first boolean NOT NULL,
    made_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    withdrawn_at timestamp with time zone,
    made_by_id bigint,
    user_id bigint NOT NULL,
    CONSTRAINT invitation_expires CHECK ((expires_at > made_at))
);

ALTER TABLE public.signin_invitation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.signin_invitation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.signin_proposal (
    id bigint NOT NULL,
    kind character varying(8) NOT NULL,
    wanted jsonb NOT NULL,
    reason character varying(200) NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    state character varying(9) NOT NULL,
    decided_at timestamp with time zone,
    decision character varying(200) NOT NULL,
    asked_by_id bigint NOT NULL,
    decided_by_id bigint,
    subject_id bigint NOT NULL,
    CONSTRAINT proposal_by_two_people CHECK ((((decided_at IS NULL) AND (decided_by_id IS NULL) AND ((state)::text = 'asked'::text)) OR ((decided_at IS NOT NULL) AND (decided_by_id = asked_by_id) AND ((state)::text = 'withdrawn'::text)) OR ((NOT ((decided_by_id = asked_by_id) AND (decided_by_id IS NOT NULL))) AND (NOT ((decided_by_id = subject_id) AND (decided_by_id IS NOT NULL))) AND (decided_at IS NOT NULL) AND (decided_at <= ends_at) AND (decided_by_id IS NOT NULL) AND ((state)::text = ANY ((ARRAY['done'::character varying, 'refused'::character varying])::text[]))))),
    CONSTRAINT proposal_ends CHECK ((ends_at > asked_at)),
    CONSTRAINT proposal_has_reason CHECK ((NOT ((reason)::text = ''::text)))
);

ALTER TABLE public.signin_proposal ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.signin_proposal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE UNLOGGED TABLE public.signin_rate (
    key character varying(120) NOT NULL,
    period bigint NOT NULL,
    taken integer NOT NULL
);

CREATE TABLE public.signin_staffsession (
    id bigint NOT NULL,
    session_key character varying(40) NOT NULL,
    since timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    network character varying(50) NOT NULL,
    agent character varying(60) NOT NULL,
    user_id bigint NOT NULL
);

ALTER TABLE public.signin_staffsession ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.signin_staffsession_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.simulation_simulation (
    id bigint NOT NULL,
    contenders jsonb NOT NULL,
    days jsonb NOT NULL,
    state character varying(8) NOT NULL,
    done smallint NOT NULL,
    result jsonb,
    problem text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    asked_by_id bigint,
    CONSTRAINT simulation_simulation_done_check CHECK ((done >= 0))
);

ALTER TABLE public.simulation_simulation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.simulation_simulation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.socialaccount_socialaccount (
    id integer NOT NULL,
    provider character varying(200) NOT NULL,
    uid character varying(191) NOT NULL,
    last_login timestamp with time zone NOT NULL,
    date_joined timestamp with time zone NOT NULL,
    extra_data jsonb NOT NULL,
    user_id bigint NOT NULL
);

ALTER TABLE public.socialaccount_socialaccount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.socialaccount_socialaccount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.socialaccount_socialapp (
    id integer NOT NULL,
    provider character varying(30) NOT NULL,
    name character varying(40) NOT NULL,
    client_id character varying(191) NOT NULL,
    secret character varying(191) NOT NULL,
    key character varying(191) NOT NULL,
    provider_id character varying(200) NOT NULL,
    settings jsonb NOT NULL
);

ALTER TABLE public.socialaccount_socialapp ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.socialaccount_socialapp_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.socialaccount_socialtoken (
    id integer NOT NULL,
    token text NOT NULL,
    token_secret text NOT NULL,
    expires_at timestamp with time zone,
    account_id integer NOT NULL,
    app_id integer
);

ALTER TABLE public.socialaccount_socialtoken ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.socialaccount_socialtoken_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.strategy_draft (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    title character varying(120) NOT NULL,
    document jsonb NOT NULL,
    facts jsonb NOT NULL,
    state character varying(12) NOT NULL,
    revision integer NOT NULL,
    effective_on date,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    author_id bigint NOT NULL,
    base_id bigint,
    submitted_by_id bigint,
    version_id bigint,
    CONSTRAINT draft_submitted_whole CHECK ((((state)::text = ANY ((ARRAY['open'::character varying, 'discarded'::character varying])::text[])) OR ((effective_on IS NOT NULL) AND (submitted_by_id IS NOT NULL) AND (version_id IS NOT NULL))))
);

ALTER TABLE public.strategy_draft ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.strategy_draft_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.strategy_publication (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    kind character varying(12) NOT NULL,
    effective_on date NOT NULL,
    reason text NOT NULL,
    at timestamp with time zone NOT NULL,
    approved_by_id bigint,
    proposed_by_id bigint,
    version_id bigint NOT NULL,
    CONSTRAINT publication_by_two_people CHECK (((NOT ((kind)::text = ANY ((ARRAY['approved'::character varying, 'adopted'::character varying])::text[]))) OR ((approved_by_id IS NOT NULL) AND (proposed_by_id IS NOT NULL) AND (NOT ((approved_by_id = proposed_by_id) AND (approved_by_id IS NOT NULL) AND (proposed_by_id IS NOT NULL)))))),
    CONSTRAINT rollback_has_its_reason CHECK (((NOT ((kind)::text = 'rolled_back'::text)) OR ((approved_by_id IS NOT NULL) AND (NOT (reason = ''::text)))))
);

ALTER TABLE public.strategy_publication ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.strategy_publication_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.strategy_strategyevent (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    kind character varying(16) NOT NULL,
    reason text NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id bigint,
    draft_id bigint,
    version_id bigint
);

ALTER TABLE public.strategy_strategyevent ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.strategy_strategyevent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.strategy_strategyversion (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    version character varying(64) NOT NULL,
    document jsonb NOT NULL,
    facts jsonb NOT NULL,
    published_at timestamp with time zone NOT NULL
);

ALTER TABLE public.strategy_strategyversion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.strategy_strategyversion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.vault_legalhold (
    id bigint NOT NULL,
    loan_no character varying(64) NOT NULL,
    why character varying(10) NOT NULL,
    note_sealed bytea NOT NULL,
    placed_at timestamp with time zone NOT NULL,
    asked_at timestamp with time zone,
    ask_note_sealed bytea,
    lifted_at timestamp with time zone,
    asked_by_id bigint,
    lifted_by_id bigint,
    placed_by_id bigint,
    stored_id uuid,
    CONSTRAINT vault_hold_lifted_by_two CHECK (((lifted_at IS NULL) OR ((asked_by_id IS NOT NULL) AND (lifted_by_id IS NOT NULL) AND (NOT ((asked_by_id = lifted_by_id) AND (asked_by_id IS NOT NULL) AND (lifted_by_id IS NOT NULL)))))),
    CONSTRAINT vault_hold_on_one_or_a_loan CHECK ((((stored_id IS NULL) AND (NOT ((loan_no)::text = ''::text))) OR (((loan_no)::text = ''::text) AND (stored_id IS NOT NULL))))
);

ALTER TABLE public.vault_legalhold ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.vault_legalhold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.vault_opening (
    token uuid NOT NULL,
    why character varying(10) NOT NULL,
    note_sealed bytea,
    at timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    by_id bigint
);

CREATE TABLE public.vault_opening_objects_opened (
    id bigint NOT NULL,
    opening_id uuid NOT NULL,
    storedobject_id uuid NOT NULL
);

ALTER TABLE public.vault_opening_objects_opened ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.vault_opening_objects_opened_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.vault_storedobject (
    token uuid NOT NULL,
    key character varying(160),
    kind character varying(12) NOT NULL,
    loan_no character varying(64) NOT NULL,
    case_id bigint,
    jurisdiction character varying(8) NOT NULL,
    address character varying(64) NOT NULL,
    sealed_size bigint NOT NULL,
    size bigint NOT NULL,
    sha256 bytea,
    media_type character varying(100) NOT NULL,
    name_sealed bytea,
    seconds integer,
    wrapped_key bytea,
    created_at timestamp with time zone NOT NULL,
    retained_until date,
    retained_by character varying(200) NOT NULL,
    destroyed_at timestamp with time zone,
    destroy_reason character varying(200) NOT NULL,
    removed_at timestamp with time zone,
    created_by_id bigint,
    party_id uuid,
    origin character varying(8) DEFAULT 'house'::character varying NOT NULL,
    CONSTRAINT vault_object_destroyed_has_no_key CHECK ((((destroyed_at IS NULL) AND (sha256 IS NOT NULL) AND (wrapped_key IS NOT NULL)) OR ((destroyed_at IS NOT NULL) AND (name_sealed IS NULL) AND (sha256 IS NULL) AND (wrapped_key IS NULL))))
);

CREATE TABLE public.warning_levelchange (
    id bigint NOT NULL,
    as_of date NOT NULL,
    before character varying(5) NOT NULL,
    level character varying(5) NOT NULL,
    reason character varying(40) NOT NULL,
    at timestamp with time zone NOT NULL,
    watched_id bigint NOT NULL
);

ALTER TABLE public.warning_levelchange ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.warning_levelchange_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.warning_watchedloan (
    id bigint NOT NULL,
    loan_no character varying(64) NOT NULL,
    loan_id bigint NOT NULL,
    obligor_no character varying(64) NOT NULL,
    product character varying(40) NOT NULL,
    currency character varying(3) NOT NULL,
    as_of date NOT NULL,
    level character varying(5) NOT NULL,
    reason character varying(40) NOT NULL,
    since_on date NOT NULL,
    decision jsonb NOT NULL,
    facts jsonb NOT NULL,
    score integer NOT NULL,
    band character varying(2) NOT NULL,
    reasons jsonb NOT NULL,
    next_due_on date,
    next_due_amount bigint,
    open_due_on date,
    arrears bigint NOT NULL,
    is_paid_ahead boolean NOT NULL,
    strategy_id bigint NOT NULL
);

ALTER TABLE public.warning_watchedloan ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.warning_watchedloan_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY public.procrastinate_events ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_events_id_seq'::regclass);

ALTER TABLE ONLY public.procrastinate_jobs ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_jobs_id_seq'::regclass);

ALTER TABLE ONLY public.procrastinate_periodic_defers ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_periodic_defers_id_seq'::regclass);

ALTER TABLE ONLY public.access_apitoken
    ADD CONSTRAINT access_apitoken_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.access_apitoken
    ADD CONSTRAINT access_apitoken_secret_hash_key UNIQUE (secret_hash);

ALTER TABLE ONLY public.access_membership
    ADD CONSTRAINT access_membership_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.access_organisation
    ADD CONSTRAINT access_organisation_key_key UNIQUE (key);

ALTER TABLE ONLY public.access_organisation
    ADD CONSTRAINT access_organisation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.access_user_groups
    ADD CONSTRAINT access_user_groups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.access_user_groups
    ADD CONSTRAINT access_user_groups_user_id_group_id_425a56a6_uniq UNIQUE (user_id, group_id);

ALTER TABLE ONLY public.access_user
    ADD CONSTRAINT access_user_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.access_user_user_permissions
    ADD CONSTRAINT access_user_user_permiss_user_id_permission_id_ef659a87_uniq UNIQUE (user_id, permission_id);

ALTER TABLE ONLY public.access_user_user_permissions
    ADD CONSTRAINT access_user_user_permissions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.access_user
    ADD CONSTRAINT access_user_username_key UNIQUE (username);

ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_email_987c8728_uniq UNIQUE (user_id, email);

ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_key_key UNIQUE (key);

ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_plannedaction
    ADD CONSTRAINT action_planned_once UNIQUE (key);

ALTER TABLE ONLY public.agencies_batch
    ADD CONSTRAINT agencies_batch_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agencies_contactlog
    ADD CONSTRAINT agencies_contactlog_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agencies_contactlogreject
    ADD CONSTRAINT agencies_contactlogreject_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agencies_destroyedplacement
    ADD CONSTRAINT agencies_destroyedplacement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agencies_destroyedplacement
    ADD CONSTRAINT agencies_destroyedplacement_placement_id_key UNIQUE (placement_id);

ALTER TABLE ONLY public.agencies_destruction
    ADD CONSTRAINT agencies_destruction_certificate_id_key UNIQUE (certificate_id);

ALTER TABLE ONLY public.agencies_destruction
    ADD CONSTRAINT agencies_destruction_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agencies_invoice
    ADD CONSTRAINT agencies_invoice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agencies_invoiceline
    ADD CONSTRAINT agencies_invoiceline_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agencies_invoicereject
    ADD CONSTRAINT agencies_invoicereject_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agencies_loggedcontact
    ADD CONSTRAINT agencies_loggedcontact_attempt_id_key UNIQUE (attempt_id);

ALTER TABLE ONLY public.agencies_loggedcontact
    ADD CONSTRAINT agencies_loggedcontact_outcome_id_key UNIQUE (outcome_id);

ALTER TABLE ONLY public.agencies_loggedcontact
    ADD CONSTRAINT agencies_loggedcontact_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agencies_loggedrecording
    ADD CONSTRAINT agencies_loggedrecording_contact_id_key UNIQUE (contact_id);

ALTER TABLE ONLY public.agencies_loggedrecording
    ADD CONSTRAINT agencies_loggedrecording_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agencies_loggedrecording
    ADD CONSTRAINT agencies_loggedrecording_stored_id_key UNIQUE (stored_id);

ALTER TABLE ONLY public.agencies_placementstep
    ADD CONSTRAINT agencies_placementstep_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agencies_placing
    ADD CONSTRAINT agencies_placing_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agencies_placingline
    ADD CONSTRAINT agencies_placingline_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agencies_placingline
    ADD CONSTRAINT agencies_placingline_placement_id_key UNIQUE (placement_id);

ALTER TABLE ONLY public.agencies_recordingfile
    ADD CONSTRAINT agencies_recordingfile_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agencies_recordingreject
    ADD CONSTRAINT agencies_recordingreject_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alerts_alert
    ADD CONSTRAINT alerts_alert_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alerts_alertmessage
    ADD CONSTRAINT alerts_alertmessage_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alerts_telling
    ADD CONSTRAINT alerts_telling_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.experiments_arm
    ADD CONSTRAINT arm_name_once UNIQUE (experiment_id, name);

ALTER TABLE ONLY public.casework_asked
    ADD CONSTRAINT asked_once UNIQUE (by_id, key);

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT attempt_as_stopped UNIQUE (id, gate_action, case_id, party_id, channel, purpose, agency, template);

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.axes_accessattempt
    ADD CONSTRAINT axes_accessattempt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.axes_accessattempt
    ADD CONSTRAINT axes_accessattempt_username_ip_address_user_agent_8ea22282_uniq UNIQUE (username, ip_address, user_agent);

ALTER TABLE ONLY public.axes_accessattemptexpiration
    ADD CONSTRAINT axes_accessattemptexpiration_pkey PRIMARY KEY (access_attempt_id);

ALTER TABLE ONLY public.axes_accessfailurelog
    ADD CONSTRAINT axes_accessfailurelog_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.axes_accesslog
    ADD CONSTRAINT axes_accesslog_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.agencies_batch
    ADD CONSTRAINT batch_of_agency_and_rule UNIQUE (placing_id, agency_id, rule);

ALTER TABLE ONLY public.bundles_preparedbundle
    ADD CONSTRAINT bundles_preparedbundle_pkey PRIMARY KEY (token);

ALTER TABLE ONLY public.casework_caseevent
    ADD CONSTRAINT case_event_once UNIQUE (key);

ALTER TABLE ONLY public.casework_heldtogether
    ADD CONSTRAINT case_held_together_once UNIQUE (order_id, case_id);

ALTER TABLE ONLY public.casework_movedcase
    ADD CONSTRAINT case_moved_once_in_a_move UNIQUE (move_id, case_id);

ALTER TABLE ONLY public.casework_case
    ADD CONSTRAINT case_opened_once_a_day UNIQUE (loan_no, opened_on);

ALTER TABLE ONLY public.casework_absence
    ADD CONSTRAINT casework_absence_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_asked
    ADD CONSTRAINT casework_asked_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_case
    ADD CONSTRAINT casework_case_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_caseevent
    ADD CONSTRAINT casework_caseevent_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_dayplan
    ADD CONSTRAINT casework_dayplan_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_desk
    ADD CONSTRAINT casework_desk_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY public.casework_heldtogether
    ADD CONSTRAINT casework_heldtogether_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_hold
    ADD CONSTRAINT casework_hold_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_holdingtogether
    ADD CONSTRAINT casework_holdingtogether_key_key UNIQUE (key);

ALTER TABLE ONLY public.casework_holdingtogether
    ADD CONSTRAINT casework_holdingtogether_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_holdstep
    ADD CONSTRAINT casework_holdstep_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_move
    ADD CONSTRAINT casework_move_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_movedcase
    ADD CONSTRAINT casework_movedcase_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_placement
    ADD CONSTRAINT casework_placement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_plannedaction
    ADD CONSTRAINT casework_plannedaction_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_promise
    ADD CONSTRAINT casework_promise_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_promisepart
    ADD CONSTRAINT casework_promisepart_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_ruling
    ADD CONSTRAINT casework_ruling_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_showing
    ADD CONSTRAINT casework_showing_pkey PRIMARY KEY (case_id);

ALTER TABLE ONLY public.recordings_chunk
    ADD CONSTRAINT chunk_has_its_place UNIQUE (recording_id, seq);

ALTER TABLE ONLY public.conduct_complaint
    ADD CONSTRAINT conduct_complaint_key_key UNIQUE (key);

ALTER TABLE ONLY public.conduct_complaint
    ADD CONSTRAINT conduct_complaint_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.conduct_complaintstep
    ADD CONSTRAINT conduct_complaintstep_key_key UNIQUE (key);

ALTER TABLE ONLY public.conduct_complaintstep
    ADD CONSTRAINT conduct_complaintstep_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.conduct_dispute
    ADD CONSTRAINT conduct_dispute_key_key UNIQUE (key);

ALTER TABLE ONLY public.conduct_dispute
    ADD CONSTRAINT conduct_dispute_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.conduct_disputedloan
    ADD CONSTRAINT conduct_disputedloan_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.conduct_disputedocument
    ADD CONSTRAINT conduct_disputedocument_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.conduct_disputestep
    ADD CONSTRAINT conduct_disputestep_key_key UNIQUE (key);

ALTER TABLE ONLY public.conduct_disputestep
    ADD CONSTRAINT conduct_disputestep_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.conduct_donotcontact
    ADD CONSTRAINT conduct_donotcontact_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.conduct_flaggednote
    ADD CONSTRAINT conduct_flaggednote_note_id_key UNIQUE (note_id);

ALTER TABLE ONLY public.conduct_flaggednote
    ADD CONSTRAINT conduct_flaggednote_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.conduct_industrylist
    ADD CONSTRAINT conduct_industrylist_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.conduct_listing
    ADD CONSTRAINT conduct_listing_pkey PRIMARY KEY (list_id, value_index);

ALTER TABLE ONLY public.conduct_listupload
    ADD CONSTRAINT conduct_listupload_pkey PRIMARY KEY (token);

ALTER TABLE ONLY public.conduct_mandate
    ADD CONSTRAINT conduct_mandate_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.conduct_rejectedlisting
    ADD CONSTRAINT conduct_rejectedlisting_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.conduct_verdictrecord
    ADD CONSTRAINT conduct_verdictrecord_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.parties_consent
    ADD CONSTRAINT consent_word_once UNIQUE (party_id, purpose, channel, given_at);

ALTER TABLE ONLY public.parties_contactpoint
    ADD CONSTRAINT contact_point_once UNIQUE (party_id, kind, value_index);

ALTER TABLE ONLY public.recordings_recordedcontact
    ADD CONSTRAINT contact_tied_once UNIQUE (recording_id, attempt_id);

ALTER TABLE ONLY public.dayrun_dayrun
    ADD CONSTRAINT day_run_inputs UNIQUE (as_of, inputs_hash);

ALTER TABLE ONLY public.dayrun_daystep
    ADD CONSTRAINT day_step_once UNIQUE (run_id, name);

ALTER TABLE ONLY public.dayrun_dayrun
    ADD CONSTRAINT dayrun_dayrun_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dayrun_daystep
    ADD CONSTRAINT dayrun_daystep_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dayrun_stripestep
    ADD CONSTRAINT dayrun_stripestep_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.experiments_enrolment
    ADD CONSTRAINT debtor_enrolled_once UNIQUE (experiment_id, debtor);

ALTER TABLE ONLY public.conduct_disputedocument
    ADD CONSTRAINT dispute_document_once UNIQUE (dispute_id, stored_id);

ALTER TABLE ONLY public.conduct_disputedloan
    ADD CONSTRAINT dispute_loan_once UNIQUE (dispute_id, loan_no);

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);

ALTER TABLE ONLY public.event_inbox
    ADD CONSTRAINT event_inbox_key_key UNIQUE (key);

ALTER TABLE ONLY public.event_inbox
    ADD CONSTRAINT event_inbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.evidence_storedanchor
    ADD CONSTRAINT evidence_anchor_once UNIQUE (checkpoint_id, chain_id, contract, owner);

ALTER TABLE ONLY public.evidence_storedcosignature
    ADD CONSTRAINT evidence_cosignature_once UNIQUE (checkpoint_id, name, key_id);

ALTER TABLE ONLY public.evidence_entry
    ADD CONSTRAINT evidence_entry_key_once UNIQUE (key);

ALTER TABLE ONLY public.evidence_entry
    ADD CONSTRAINT evidence_entry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.evidence_position
    ADD CONSTRAINT evidence_position_entry_id_key UNIQUE (entry_id);

ALTER TABLE ONLY public.evidence_position
    ADD CONSTRAINT evidence_position_pkey PRIMARY KEY (index);

ALTER TABLE ONLY public.evidence_queuedentry
    ADD CONSTRAINT evidence_queuedentry_pkey PRIMARY KEY (entry_id);

ALTER TABLE ONLY public.evidence_storedanchor
    ADD CONSTRAINT evidence_storedanchor_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.evidence_storedcheckpoint
    ADD CONSTRAINT evidence_storedcheckpoint_pkey PRIMARY KEY (size);

ALTER TABLE ONLY public.evidence_storedcosignature
    ADD CONSTRAINT evidence_storedcosignature_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.evidence_storedtile
    ADD CONSTRAINT evidence_storedtile_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.evidence_storedtimestamp
    ADD CONSTRAINT evidence_storedtimestamp_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.evidence_storedtile
    ADD CONSTRAINT evidence_tile_place UNIQUE (level, index);

ALTER TABLE ONLY public.evidence_verificationrun
    ADD CONSTRAINT evidence_verificationrun_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.evidence_witnessstate
    ADD CONSTRAINT evidence_witnessstate_pkey PRIMARY KEY (vkey);

ALTER TABLE ONLY public.exchange_rejectedrow
    ADD CONSTRAINT exchange_rejectedrow_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.exchange_tapeimport
    ADD CONSTRAINT exchange_tapeimport_key_key UNIQUE (key);

ALTER TABLE ONLY public.exchange_tapeimport
    ADD CONSTRAINT exchange_tapeimport_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.experiments_arm
    ADD CONSTRAINT experiments_arm_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.experiments_enrolment
    ADD CONSTRAINT experiments_enrolment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.experiments_experiment
    ADD CONSTRAINT experiments_experiment_key_key UNIQUE (key);

ALTER TABLE ONLY public.experiments_experiment
    ADD CONSTRAINT experiments_experiment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.experiments_figure
    ADD CONSTRAINT experiments_figure_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.conduct_industrylist
    ADD CONSTRAINT industry_list_version_once UNIQUE (name, version);

ALTER TABLE ONLY public.agencies_invoice
    ADD CONSTRAINT invoice_once UNIQUE (agency_id, number);

ALTER TABLE ONLY public.outreach_letteragain
    ADD CONSTRAINT letter_again_once UNIQUE (order_id, delivery_id);

ALTER TABLE ONLY public.outreach_letterstatusreject
    ADD CONSTRAINT letter_status_reject_once UNIQUE (file_id, line);

ALTER TABLE ONLY public.parties_loanparty
    ADD CONSTRAINT loan_party_once UNIQUE (loan_no, party_id, role);

ALTER TABLE ONLY public.agencies_loggedcontact
    ADD CONSTRAINT logged_contact_once UNIQUE (agency_id, reference);

ALTER TABLE ONLY public.outreach_mailattachment
    ADD CONSTRAINT mail_attachment_once UNIQUE NULLS NOT DISTINCT (mail_id, nth, case_id);

ALTER TABLE ONLY public.access_membership
    ADD CONSTRAINT membership_one_home_at_a_time EXCLUDE USING gist (int8range(user_id, user_id, '[]'::text) WITH &&, daterange(from_on, until_on, '[]'::text) WITH &&) WHERE (is_home);

ALTER TABLE ONLY public.mfa_authenticator
    ADD CONSTRAINT mfa_authenticator_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.notices_notice
    ADD CONSTRAINT notice_once UNIQUE (user_id, key);

ALTER TABLE ONLY public.notices_notice
    ADD CONSTRAINT notices_notice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.notices_preference
    ADD CONSTRAINT notices_preference_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY public.notices_staffmessage
    ADD CONSTRAINT notices_staffmessage_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.experiments_figure
    ADD CONSTRAINT one_figure_a_day UNIQUE (arm_id, as_of);

ALTER TABLE ONLY public.casework_dayplan
    ADD CONSTRAINT one_plan_a_day UNIQUE (user_id, day);

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT outreach_attempt_key_key UNIQUE (key);

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT outreach_attempt_override_id_key UNIQUE (override_id);

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT outreach_attempt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT outreach_attempt_verdict_id_key UNIQUE (verdict_id);

ALTER TABLE ONLY public.outreach_breach
    ADD CONSTRAINT outreach_breach_attempt_id_key UNIQUE (attempt_id);

ALTER TABLE ONLY public.outreach_breach
    ADD CONSTRAINT outreach_breach_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_contactoutcome
    ADD CONSTRAINT outreach_contactoutcome_attempt_id_key UNIQUE (attempt_id);

ALTER TABLE ONLY public.outreach_contactoutcome
    ADD CONSTRAINT outreach_contactoutcome_key_key UNIQUE (key);

ALTER TABLE ONLY public.outreach_contactoutcome
    ADD CONSTRAINT outreach_contactoutcome_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_delivery
    ADD CONSTRAINT outreach_delivery_attempt_id_key UNIQUE (attempt_id);

ALTER TABLE ONLY public.outreach_delivery
    ADD CONSTRAINT outreach_delivery_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_delivery
    ADD CONSTRAINT outreach_delivery_replaced_by_id_key UNIQUE (replaced_by_id);

ALTER TABLE ONLY public.outreach_fieldvisit
    ADD CONSTRAINT outreach_fieldvisit_attempt_id_key UNIQUE (attempt_id);

ALTER TABLE ONLY public.outreach_fieldvisit
    ADD CONSTRAINT outreach_fieldvisit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_letteragain
    ADD CONSTRAINT outreach_letteragain_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_letterbatch
    ADD CONSTRAINT outreach_letterbatch_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_letterstatusfile
    ADD CONSTRAINT outreach_letterstatusfile_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_letterstatusfile
    ADD CONSTRAINT outreach_letterstatusfile_sha256_key UNIQUE (sha256);

ALTER TABLE ONLY public.outreach_letterstatusreject
    ADD CONSTRAINT outreach_letterstatusreject_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_mailattachment
    ADD CONSTRAINT outreach_mailattachment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_opening
    ADD CONSTRAINT outreach_opening_action_id_key UNIQUE (action_id);

ALTER TABLE ONLY public.outreach_opening
    ADD CONSTRAINT outreach_opening_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_override
    ADD CONSTRAINT outreach_override_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_override
    ADD CONSTRAINT outreach_override_stopped_id_key UNIQUE (stopped_id);

ALTER TABLE ONLY public.outreach_pacing
    ADD CONSTRAINT outreach_pacing_as_of_key UNIQUE (as_of);

ALTER TABLE ONLY public.outreach_pacing
    ADD CONSTRAINT outreach_pacing_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_portalmessage
    ADD CONSTRAINT outreach_portalmessage_attempt_id_key UNIQUE (attempt_id);

ALTER TABLE ONLY public.outreach_portalmessage
    ADD CONSTRAINT outreach_portalmessage_key_key UNIQUE (key);

ALTER TABLE ONLY public.outreach_portalmessage
    ADD CONSTRAINT outreach_portalmessage_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_portalmessage
    ADD CONSTRAINT outreach_portalmessage_token_key UNIQUE (token);

ALTER TABLE ONLY public.outreach_printedletter
    ADD CONSTRAINT outreach_printedletter_delivery_id_key UNIQUE (delivery_id);

ALTER TABLE ONLY public.outreach_printedletter
    ADD CONSTRAINT outreach_printedletter_number_key UNIQUE (number);

ALTER TABLE ONLY public.outreach_printedletter
    ADD CONSTRAINT outreach_printedletter_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_receipt
    ADD CONSTRAINT outreach_receipt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_receivedmail
    ADD CONSTRAINT outreach_receivedmail_key_key UNIQUE (key);

ALTER TABLE ONLY public.outreach_receivedmail
    ADD CONSTRAINT outreach_receivedmail_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_sendingagain
    ADD CONSTRAINT outreach_sendingagain_key_key UNIQUE (key);

ALTER TABLE ONLY public.outreach_sendingagain
    ADD CONSTRAINT outreach_sendingagain_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_templateevent
    ADD CONSTRAINT outreach_templateevent_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_templateversion
    ADD CONSTRAINT outreach_templateversion_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_textpart
    ADD CONSTRAINT outreach_textpart_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_unknowntext
    ADD CONSTRAINT outreach_unknowntext_key_key UNIQUE (key);

ALTER TABLE ONLY public.outreach_unknowntext
    ADD CONSTRAINT outreach_unknowntext_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_visitstep
    ADD CONSTRAINT outreach_visitstep_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_visitstep
    ADD CONSTRAINT outreach_visitstep_stored_id_key UNIQUE (stored_id);

ALTER TABLE ONLY public.outreach_override
    ADD CONSTRAINT override_as_given UNIQUE (id, case_id, party_id, channel, purpose, agency, template);

ALTER TABLE ONLY public.recordings_part
    ADD CONSTRAINT part_begins_once UNIQUE (recording_id, first);

ALTER TABLE ONLY public.parties_consent
    ADD CONSTRAINT parties_consent_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.parties_contactpoint
    ADD CONSTRAINT parties_contactpoint_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.parties_correction
    ADD CONSTRAINT parties_correction_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.parties_damagedkey
    ADD CONSTRAINT parties_damagedkey_pkey PRIMARY KEY (party_id);

ALTER TABLE ONLY public.parties_loanparty
    ADD CONSTRAINT parties_loanparty_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.parties_party
    ADD CONSTRAINT parties_party_party_no_key UNIQUE (party_no);

ALTER TABLE ONLY public.parties_party
    ADD CONSTRAINT parties_party_pkey PRIMARY KEY (token);

ALTER TABLE ONLY public.parties_retiredkey
    ADD CONSTRAINT parties_retiredkey_pkey PRIMARY KEY (key_id);

ALTER TABLE ONLY public.parties_sealedwords
    ADD CONSTRAINT parties_sealedwords_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.parties_unmasking
    ADD CONSTRAINT parties_unmasking_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_placement
    ADD CONSTRAINT placement_with_one_agency EXCLUDE USING gist (int8range(hashtextextended((obligor_no)::text, (0)::bigint), hashtextextended((obligor_no)::text, (0)::bigint), '[]'::text) WITH &&, daterange(from_on, until_on, '[]'::text) WITH &&) WHERE (((until_on IS NULL) OR (until_on >= from_on)));

ALTER TABLE ONLY public.agencies_placingline
    ADD CONSTRAINT placing_line_once UNIQUE (placing_id, obligor_no);

ALTER TABLE ONLY public.portfolio_receivedevent
    ADD CONSTRAINT portfolio_receivedevent_idempotency_key_key UNIQUE (idempotency_key);

ALTER TABLE ONLY public.portfolio_receivedevent
    ADD CONSTRAINT portfolio_receivedevent_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.portfolio_receivedpayment
    ADD CONSTRAINT portfolio_receivedpayment_idempotency_key_key UNIQUE (idempotency_key);

ALTER TABLE ONLY public.portfolio_receivedpayment
    ADD CONSTRAINT portfolio_receivedpayment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.portfolio_snapshot
    ADD CONSTRAINT portfolio_snapshot_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp);

ALTER TABLE ONLY public.procrastinate_workers
    ADD CONSTRAINT procrastinate_workers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.casework_promisepart
    ADD CONSTRAINT promise_part_seq UNIQUE (promise_id, seq);

ALTER TABLE ONLY public.outreach_receipt
    ADD CONSTRAINT receipt_once UNIQUE (gateway, reference, fate);

ALTER TABLE ONLY public.recordings_chunk
    ADD CONSTRAINT recordings_chunk_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.recordings_duerecording
    ADD CONSTRAINT recordings_duerecording_attempt_id_key UNIQUE (attempt_id);

ALTER TABLE ONLY public.recordings_duerecording
    ADD CONSTRAINT recordings_duerecording_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.recordings_part
    ADD CONSTRAINT recordings_part_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.recordings_part
    ADD CONSTRAINT recordings_part_stored_id_key UNIQUE (stored_id);

ALTER TABLE ONLY public.recordings_playback
    ADD CONSTRAINT recordings_playback_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.recordings_recordedcontact
    ADD CONSTRAINT recordings_recordedcontact_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.recordings_recording
    ADD CONSTRAINT recordings_recording_pkey PRIMARY KEY (token);

ALTER TABLE ONLY public.conduct_rejectedlisting
    ADD CONSTRAINT rejected_listing_once UNIQUE (list_id, file_name, row_no);

ALTER TABLE ONLY public.exchange_rejectedrow
    ADD CONSTRAINT rejected_row_once UNIQUE (tape_id, "table", row_no);

ALTER TABLE ONLY public.reports_reportmail
    ADD CONSTRAINT report_mail_once UNIQUE (run_id, user_id);

ALTER TABLE ONLY public.reports_reportrun
    ADD CONSTRAINT report_run_once UNIQUE (schedule_id, due_at);

ALTER TABLE ONLY public.reports_reportmail
    ADD CONSTRAINT reports_reportmail_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.reports_reportrun
    ADD CONSTRAINT reports_reportrun_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.reports_reportschedule
    ADD CONSTRAINT reports_reportschedule_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.reports_reportschedule_recipients
    ADD CONSTRAINT reports_reportschedule_r_reportschedule_id_user_i_1aeb4109_uniq UNIQUE (reportschedule_id, user_id);

ALTER TABLE ONLY public.reports_reportschedule_recipients
    ADD CONSTRAINT reports_reportschedule_recipients_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rights_contesteddecision
    ADD CONSTRAINT rights_contesteddecision_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rights_contesteddecision
    ADD CONSTRAINT rights_contesteddecision_request_id_key UNIQUE (request_id);

ALTER TABLE ONLY public.rights_rightsrequest
    ADD CONSTRAINT rights_rightsrequest_key_key UNIQUE (key);

ALTER TABLE ONLY public.rights_rightsrequest
    ADD CONSTRAINT rights_rightsrequest_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rights_rightsstep
    ADD CONSTRAINT rights_rightsstep_key_key UNIQUE (key);

ALTER TABLE ONLY public.rights_rightsstep
    ADD CONSTRAINT rights_rightsstep_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.savedviews_savedview
    ADD CONSTRAINT savedviews_savedview_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.parties_sealedwords
    ADD CONSTRAINT sealed_words_once UNIQUE (key, name);

ALTER TABLE ONLY public.signin_cache
    ADD CONSTRAINT signin_cache_pkey PRIMARY KEY (cache_key);

ALTER TABLE ONLY public.signin_invitation
    ADD CONSTRAINT signin_invitation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.signin_invitation
    ADD CONSTRAINT signin_invitation_secret_hash_key UNIQUE (secret_hash);

ALTER TABLE ONLY public.signin_proposal
    ADD CONSTRAINT signin_proposal_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.signin_rate
    ADD CONSTRAINT signin_rate_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.signin_staffsession
    ADD CONSTRAINT signin_staffsession_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.signin_staffsession
    ADD CONSTRAINT signin_staffsession_session_key_key UNIQUE (session_key);

ALTER TABLE ONLY public.simulation_simulation
    ADD CONSTRAINT simulation_simulation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.portfolio_snapshot
    ADD CONSTRAINT snapshot_inputs UNIQUE (as_of, inputs_hash);

ALTER TABLE ONLY public.portfolio_snapshot
    ADD CONSTRAINT snapshot_revision UNIQUE (as_of, revision);

ALTER TABLE ONLY public.socialaccount_socialaccount
    ADD CONSTRAINT socialaccount_socialaccount_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.socialaccount_socialaccount
    ADD CONSTRAINT socialaccount_socialaccount_provider_uid_fc810c6e_uniq UNIQUE (provider, uid);

ALTER TABLE ONLY public.socialaccount_socialapp
    ADD CONSTRAINT socialaccount_socialapp_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.socialaccount_socialtoken
    ADD CONSTRAINT socialaccount_socialtoken_app_id_account_id_fca4e0ac_uniq UNIQUE (app_id, account_id);

ALTER TABLE ONLY public.socialaccount_socialtoken
    ADD CONSTRAINT socialaccount_socialtoken_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.notices_staffmessage
    ADD CONSTRAINT staff_message_once UNIQUE (notice_id, notice_at);

ALTER TABLE ONLY public.strategy_draft
    ADD CONSTRAINT strategy_draft_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.strategy_publication
    ADD CONSTRAINT strategy_publication_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.strategy_strategyevent
    ADD CONSTRAINT strategy_strategyevent_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.strategy_strategyversion
    ADD CONSTRAINT strategy_strategyversion_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.strategy_strategyversion
    ADD CONSTRAINT strategy_strategyversion_version_key UNIQUE (version);

ALTER TABLE ONLY public.dayrun_stripestep
    ADD CONSTRAINT stripe_step_once UNIQUE (run_id, step, stripe);

ALTER TABLE ONLY public.outreach_templateversion
    ADD CONSTRAINT template_number_once UNIQUE (key, number);

ALTER TABLE ONLY public.outreach_textpart
    ADD CONSTRAINT text_part_once UNIQUE (number_index, reference, total, number);

ALTER TABLE ONLY public.vault_legalhold
    ADD CONSTRAINT vault_legalhold_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.vault_storedobject
    ADD CONSTRAINT vault_object_address UNIQUE (address);

ALTER TABLE ONLY public.vault_storedobject
    ADD CONSTRAINT vault_object_once UNIQUE (key);

ALTER TABLE ONLY public.vault_opening_objects_opened
    ADD CONSTRAINT vault_opening_objects_op_opening_id_storedobject__970ab74f_uniq UNIQUE (opening_id, storedobject_id);

ALTER TABLE ONLY public.vault_opening_objects_opened
    ADD CONSTRAINT vault_opening_objects_opened_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.vault_opening
    ADD CONSTRAINT vault_opening_pkey PRIMARY KEY (token);

ALTER TABLE ONLY public.vault_storedobject
    ADD CONSTRAINT vault_storedobject_pkey PRIMARY KEY (token);

ALTER TABLE ONLY public.conduct_verdictrecord
    ADD CONSTRAINT verdict_of_attempt UNIQUE (id, gate_action, attempt_key, case_id, party_id, channel, attempt_at);

ALTER TABLE ONLY public.savedviews_savedview
    ADD CONSTRAINT view_named_once UNIQUE (owner_id, place, name);

ALTER TABLE ONLY public.warning_levelchange
    ADD CONSTRAINT warning_levelchange_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.warning_watchedloan
    ADD CONSTRAINT warning_watchedloan_loan_no_key UNIQUE (loan_no);

ALTER TABLE ONLY public.warning_watchedloan
    ADD CONSTRAINT warning_watchedloan_pkey PRIMARY KEY (id);

CREATE INDEX access_apitoken_confirmed_by_id_86885bce ON public.access_apitoken USING btree (confirmed_by_id);

CREATE INDEX access_apitoken_user_id_9f3b952b ON public.access_apitoken USING btree (user_id);

CREATE INDEX access_membership_added_by_id_823f8187 ON public.access_membership USING btree (added_by_id);

CREATE INDEX access_membership_ended_by_id_ad36b76b ON public.access_membership USING btree (ended_by_id);

CREATE INDEX access_membership_organisation_id_f4c4f883 ON public.access_membership USING btree (organisation_id);

CREATE INDEX access_membership_user_id_5bf62e16 ON public.access_membership USING btree (user_id);

CREATE INDEX access_organisation_key_e4e42177_like ON public.access_organisation USING btree (key varchar_pattern_ops);

CREATE INDEX access_organisation_parent_id_de402300 ON public.access_organisation USING btree (parent_id);

CREATE INDEX access_user_groups_group_id_921debcc ON public.access_user_groups USING btree (group_id);

CREATE INDEX access_user_groups_user_id_4f105fa4 ON public.access_user_groups USING btree (user_id);

CREATE INDEX access_user_user_permissions_permission_id_76d8eb82 ON public.access_user_user_permissions USING btree (permission_id);

CREATE INDEX access_user_user_permissions_user_id_67074cbf ON public.access_user_user_permissions USING btree (user_id);

CREATE INDEX access_user_username_09372906_like ON public.access_user USING btree (username varchar_pattern_ops);

CREATE INDEX account_emailaddress_email_03be32b2 ON public.account_emailaddress USING btree (email);

CREATE INDEX account_emailaddress_email_03be32b2_like ON public.account_emailaddress USING btree (email varchar_pattern_ops);

CREATE INDEX account_emailaddress_user_id_2c513194 ON public.account_emailaddress USING btree (user_id);

CREATE INDEX account_emailconfirmation_email_address_id_5b7f8c58 ON public.account_emailconfirmation USING btree (email_address_id);

CREATE INDEX account_emailconfirmation_key_f43612bd_like ON public.account_emailconfirmation USING btree (key varchar_pattern_ops);

CREATE INDEX action_ends ON public.casework_plannedaction USING btree (until_on) INCLUDE (as_of, case_id, channel) WHERE (((state)::text = 'planned'::text) AND (until_on IS NOT NULL));

CREATE INDEX action_part ON public.casework_plannedaction USING btree (part_id) WHERE (part_id IS NOT NULL);

CREATE INDEX action_state ON public.casework_plannedaction USING btree (state, as_of);

CREATE INDEX action_waiting ON public.casework_plannedaction USING btree (as_of) INCLUDE (case_id, channel, planned_for) WHERE ((state)::text = 'planned'::text);

CREATE INDEX agencies_batch_agency_id_5ddba19d ON public.agencies_batch USING btree (agency_id);

CREATE INDEX agencies_batch_placing_id_35281cfb ON public.agencies_batch USING btree (placing_id);

CREATE INDEX agencies_contactlog_agency_id_b1f43ecd ON public.agencies_contactlog USING btree (agency_id);

CREATE INDEX agencies_contactlog_brought_by_id_629c30f1 ON public.agencies_contactlog USING btree (brought_by_id);

CREATE INDEX agencies_contactlogreject_log_id_23209454 ON public.agencies_contactlogreject USING btree (log_id);

CREATE INDEX agencies_destroyedplacement_destruction_id_6a75f128 ON public.agencies_destroyedplacement USING btree (destruction_id);

CREATE INDEX agencies_destruction_agency_id_51f784b4 ON public.agencies_destruction USING btree (agency_id);

CREATE INDEX agencies_destruction_stated_by_id_1fe79ec3 ON public.agencies_destruction USING btree (stated_by_id);

CREATE INDEX agencies_invoice_agency_id_341d20a1 ON public.agencies_invoice USING btree (agency_id);

CREATE INDEX agencies_invoice_brought_by_id_655ea577 ON public.agencies_invoice USING btree (brought_by_id);

CREATE INDEX agencies_invoice_signed_by_id_87c2b6bb ON public.agencies_invoice USING btree (signed_by_id);

CREATE INDEX agencies_invoiceline_invoice_id_7e6396e4 ON public.agencies_invoiceline USING btree (invoice_id);

CREATE INDEX agencies_invoicereject_invoice_id_ec8bdfb4 ON public.agencies_invoicereject USING btree (invoice_id);

CREATE INDEX agencies_loggedcontact_agency_id_3c6fa071 ON public.agencies_loggedcontact USING btree (agency_id);

CREATE INDEX agencies_loggedcontact_log_id_d59853fc ON public.agencies_loggedcontact USING btree (log_id);

CREATE INDEX agencies_loggedrecording_file_id_9c9d5431 ON public.agencies_loggedrecording USING btree (file_id);

CREATE INDEX agencies_placementstep_by_id_7a68d600 ON public.agencies_placementstep USING btree (by_id);

CREATE INDEX agencies_placementstep_placement_id_012e6263 ON public.agencies_placementstep USING btree (placement_id);

CREATE INDEX agencies_placing_decided_by_id_8d7ed267 ON public.agencies_placing USING btree (decided_by_id);

CREATE INDEX agencies_placing_made_by_id_cef737f9 ON public.agencies_placing USING btree (made_by_id);

CREATE INDEX agencies_placingline_batch_id_79bf4966 ON public.agencies_placingline USING btree (batch_id);

CREATE INDEX agencies_placingline_placing_id_1b5dc675 ON public.agencies_placingline USING btree (placing_id);

CREATE INDEX agencies_recordingfile_agency_id_52bb7586 ON public.agencies_recordingfile USING btree (agency_id);

CREATE INDEX agencies_recordingfile_brought_by_id_1cef0e32 ON public.agencies_recordingfile USING btree (brought_by_id);

CREATE INDEX agencies_recordingreject_file_id_749d7eb1 ON public.agencies_recordingreject USING btree (file_id);

CREATE INDEX alert_of_target ON public.alerts_alertmessage USING btree (target, made_at DESC);

CREATE UNIQUE INDEX alert_open_once ON public.alerts_alert USING btree (kind) WHERE (over_at IS NULL);

CREATE INDEX alert_telling_due ON public.alerts_telling USING btree (due_at) WHERE (message_id IS NULL);

CREATE INDEX alert_tried ON public.alerts_alertmessage USING btree (target, tried_at DESC);

CREATE INDEX alert_waits ON public.alerts_alertmessage USING btree (next_at) WHERE ((state)::text = 'waiting'::text);

CREATE INDEX alerts_alertmessage_made_by_id_7a011863 ON public.alerts_alertmessage USING btree (made_by_id);

CREATE INDEX alerts_telling_alert_id_d65cf71f ON public.alerts_telling USING btree (alert_id);

CREATE INDEX alerts_telling_message_id_04c73e3a ON public.alerts_telling USING btree (message_id);

CREATE INDEX attempt_arm ON public.outreach_attempt USING btree (arm_id) WHERE (arm_id IS NOT NULL);

CREATE INDEX attempt_booked ON public.outreach_attempt USING btree (state) WHERE ((state)::text = 'booked'::text);

CREATE INDEX attempt_party_time ON public.outreach_attempt USING btree (party_id, at DESC);

CREATE INDEX attempt_time ON public.outreach_attempt USING btree (at) INCLUDE (gate_action, channel, agency, made_by_id);

CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);

CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);

CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);

CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);

CREATE INDEX axes_accessattempt_ip_address_10922d9c ON public.axes_accessattempt USING btree (ip_address);

CREATE INDEX axes_accessattempt_user_agent_ad89678b ON public.axes_accessattempt USING btree (user_agent);

CREATE INDEX axes_accessattempt_user_agent_ad89678b_like ON public.axes_accessattempt USING btree (user_agent varchar_pattern_ops);

CREATE INDEX axes_accessattempt_username_3f2d4ca0 ON public.axes_accessattempt USING btree (username);

CREATE INDEX axes_accessattempt_username_3f2d4ca0_like ON public.axes_accessattempt USING btree (username varchar_pattern_ops);

CREATE INDEX axes_accessfailurelog_ip_address_2e9f5a7f ON public.axes_accessfailurelog USING btree (ip_address);

CREATE INDEX axes_accessfailurelog_user_agent_ea145dda ON public.axes_accessfailurelog USING btree (user_agent);

CREATE INDEX axes_accessfailurelog_user_agent_ea145dda_like ON public.axes_accessfailurelog USING btree (user_agent varchar_pattern_ops);

CREATE INDEX axes_accessfailurelog_username_a8b7e8a4 ON public.axes_accessfailurelog USING btree (username);

CREATE INDEX axes_accessfailurelog_username_a8b7e8a4_like ON public.axes_accessfailurelog USING btree (username varchar_pattern_ops);

CREATE INDEX axes_accesslog_ip_address_86b417e5 ON public.axes_accesslog USING btree (ip_address);

CREATE INDEX axes_accesslog_user_agent_0e659004 ON public.axes_accesslog USING btree (user_agent);

CREATE INDEX axes_accesslog_user_agent_0e659004_like ON public.axes_accesslog USING btree (user_agent varchar_pattern_ops);

CREATE INDEX axes_accesslog_username_df93064b ON public.axes_accesslog USING btree (username);

CREATE INDEX axes_accesslog_username_df93064b_like ON public.axes_accesslog USING btree (username varchar_pattern_ops);

CREATE INDEX bundles_preparedbundle_by_id_a140d0e0 ON public.bundles_preparedbundle USING btree (by_id);

CREATE INDEX bundles_preparedbundle_case_id_27e8cf67 ON public.bundles_preparedbundle USING btree (case_id);

CREATE INDEX case_debtor ON public.casework_case USING btree (obligor_no) WHERE ((state)::text = 'open'::text);

CREATE INDEX case_desk ON public.casework_case USING btree (assignee_id, obligor_no) INCLUDE (id, party_id, arrears, bucket, currency, treatment, as_of, band, follow_up_on, follow_up_at) WHERE ((state)::text = 'open'::text);

CREATE INDEX case_event_person ON public.casework_caseevent USING btree (actor_id, happened_at) INCLUDE (id, case_id) WHERE (actor_id IS NOT NULL);

CREATE INDEX case_event_promise ON public.casework_caseevent USING btree (happened_at) INCLUDE (case_id, kind) WHERE ((kind)::text = ANY ((ARRAY['promise_kept'::character varying, 'promise_broken'::character varying, 'promise_partly'::character varying])::text[]));

CREATE INDEX case_event_reply ON public.casework_caseevent USING btree (happened_at) WHERE ((data ? 'means'::text) AND ((kind)::text = 'note'::text));

CREATE INDEX case_event_reply_of ON public.casework_caseevent USING btree (case_id) WHERE ((data ? 'means'::text) AND ((kind)::text = 'note'::text));

CREATE INDEX case_event_time ON public.casework_caseevent USING btree (case_id, happened_at DESC);

CREATE INDEX case_event_unsent ON public.casework_caseevent USING btree (case_id, happened_at) WHERE ((kind)::text = 'message_unsent'::text);

CREATE INDEX case_loan_id ON public.casework_case USING btree (loan_id);

CREATE INDEX case_open ON public.casework_case USING btree (priority DESC, id) WHERE ((state)::text = 'open'::text);

CREATE INDEX case_put_off ON public.casework_case USING btree (follow_up_on) INCLUDE (id, assignee_id) WHERE ((follow_up_on IS NOT NULL) AND ((state)::text = 'open'::text));

CREATE INDEX case_queue ON public.casework_case USING btree (assignee_id, priority DESC, id) WHERE ((state)::text = 'open'::text);

CREATE INDEX casework_absence_added_by_id_bf5bd276 ON public.casework_absence USING btree (added_by_id);

CREATE INDEX casework_absence_user_id_29976d12 ON public.casework_absence USING btree (user_id);

CREATE INDEX casework_case_party_id_23822304 ON public.casework_case USING btree (party_id);

CREATE INDEX casework_heldtogether_case_id_d01f3356 ON public.casework_heldtogether USING btree (case_id);

CREATE INDEX casework_heldtogether_hold_id_873cb3af ON public.casework_heldtogether USING btree (hold_id);

CREATE INDEX casework_heldtogether_order_id_2bf8da32 ON public.casework_heldtogether USING btree (order_id);

CREATE INDEX casework_heldtogether_party_id_ceea9bb8 ON public.casework_heldtogether USING btree (party_id);

CREATE INDEX casework_hold_case_id_24d79f53 ON public.casework_hold USING btree (case_id);

CREATE INDEX casework_hold_party_id_09db32f3 ON public.casework_hold USING btree (party_id);

CREATE INDEX casework_hold_placed_by_id_c031a709 ON public.casework_hold USING btree (placed_by_id);

CREATE INDEX casework_holdingtogether_asked_by_id_272f031c ON public.casework_holdingtogether USING btree (asked_by_id);

CREATE INDEX casework_holdingtogether_key_56a98867_like ON public.casework_holdingtogether USING btree (key varchar_pattern_ops);

CREATE INDEX casework_holdingtogether_lift_by_id_2d6d6cb0 ON public.casework_holdingtogether USING btree (lift_by_id);

CREATE INDEX casework_holdstep_by_id_7ba43af4 ON public.casework_holdstep USING btree (by_id);

CREATE INDEX casework_holdstep_hold_id_74fa8402 ON public.casework_holdstep USING btree (hold_id);

CREATE INDEX casework_move_by_id_e5e76eac ON public.casework_move USING btree (by_id);

CREATE INDEX casework_move_to_id_a8255307 ON public.casework_move USING btree (to_id);

CREATE INDEX casework_move_undone_by_id_57f7e771 ON public.casework_move USING btree (undone_by_id);

CREATE INDEX casework_movedcase_case_id_9f1b6e8d ON public.casework_movedcase USING btree (case_id);

CREATE INDEX casework_movedcase_move_id_6c2cb501 ON public.casework_movedcase USING btree (move_id);

CREATE INDEX casework_placement_agency_id_d1d86e99 ON public.casework_placement USING btree (agency_id);

CREATE INDEX casework_placement_placed_by_id_eb5e1d95 ON public.casework_placement USING btree (placed_by_id);

CREATE INDEX casework_placement_recalled_by_id_2d647c91 ON public.casework_placement USING btree (recalled_by_id);

CREATE INDEX casework_plannedaction_case_id_79f628e7 ON public.casework_plannedaction USING btree (case_id);

CREATE INDEX casework_promise_case_id_f7656f9f ON public.casework_promise USING btree (case_id);

CREATE INDEX casework_promise_made_by_id_a3affa98 ON public.casework_promise USING btree (made_by_id);

CREATE INDEX casework_promise_party_id_2e78de96 ON public.casework_promise USING btree (party_id);

CREATE INDEX casework_promisepart_promise_id_c4283e10 ON public.casework_promisepart USING btree (promise_id);

CREATE INDEX casework_ruling_ended_by_id_7117b68b ON public.casework_ruling USING btree (ended_by_id);

CREATE INDEX casework_ruling_party_id_500f808c ON public.casework_ruling USING btree (party_id);

CREATE INDEX casework_ruling_placed_by_id_6e5254e9 ON public.casework_ruling USING btree (placed_by_id);

CREATE INDEX casework_showing_user_id_0a8a1419 ON public.casework_showing USING btree (user_id);

CREATE INDEX complaint_open_due ON public.conduct_complaint USING btree (due_on) WHERE (NOT ((state)::text = 'closed'::text));

CREATE INDEX complaint_open_loan ON public.conduct_complaint USING btree (loan_no) WHERE (NOT ((state)::text = 'closed'::text));

CREATE INDEX complaint_time ON public.conduct_complaint USING btree (received_at);

CREATE INDEX conduct_complaint_assigned_to_id_2df37af6 ON public.conduct_complaint USING btree (assigned_to_id);

CREATE INDEX conduct_complaint_case_id_0e06ed64 ON public.conduct_complaint USING btree (case_id);

CREATE INDEX conduct_complaint_collector_id_62383b71 ON public.conduct_complaint USING btree (collector_id);

CREATE INDEX conduct_complaint_contact_id_aaadeefc ON public.conduct_complaint USING btree (contact_id);

CREATE INDEX conduct_complaint_hold_id_58062178 ON public.conduct_complaint USING btree (hold_id);

CREATE INDEX conduct_complaint_key_008e9175_like ON public.conduct_complaint USING btree (key varchar_pattern_ops);

CREATE INDEX conduct_complaint_party_id_c7b583a3 ON public.conduct_complaint USING btree (party_id);

CREATE INDEX conduct_complaintstep_by_id_c1e9dbc1 ON public.conduct_complaintstep USING btree (by_id);

CREATE INDEX conduct_complaintstep_complaint_id_f4a27358 ON public.conduct_complaintstep USING btree (complaint_id);

CREATE INDEX conduct_complaintstep_key_1e0b6acb_like ON public.conduct_complaintstep USING btree (key varchar_pattern_ops);

CREATE INDEX conduct_dispute_assigned_to_id_a2f9642b ON public.conduct_dispute USING btree (assigned_to_id);

CREATE INDEX conduct_dispute_case_id_9ccc2505 ON public.conduct_dispute USING btree (case_id);

CREATE INDEX conduct_dispute_key_a444f969_like ON public.conduct_dispute USING btree (key varchar_pattern_ops);

CREATE INDEX conduct_dispute_party_id_c7923df0 ON public.conduct_dispute USING btree (party_id);

CREATE INDEX conduct_dispute_registered_by_id_972e5a0d ON public.conduct_dispute USING btree (registered_by_id);

CREATE INDEX conduct_disputedloan_case_id_9993dd47 ON public.conduct_disputedloan USING btree (case_id);

CREATE INDEX conduct_disputedloan_dispute_id_8d1764e9 ON public.conduct_disputedloan USING btree (dispute_id);

CREATE INDEX conduct_disputedloan_hold_id_c4772724 ON public.conduct_disputedloan USING btree (hold_id);

CREATE INDEX conduct_disputedocument_attached_by_id_31aa75b2 ON public.conduct_disputedocument USING btree (attached_by_id);

CREATE INDEX conduct_disputedocument_dispute_id_9c5232a1 ON public.conduct_disputedocument USING btree (dispute_id);

CREATE INDEX conduct_disputedocument_stored_id_616c7d3c ON public.conduct_disputedocument USING btree (stored_id);

CREATE INDEX conduct_disputestep_by_id_5d2d4139 ON public.conduct_disputestep USING btree (by_id);

CREATE INDEX conduct_disputestep_dispute_id_ea2a3560 ON public.conduct_disputestep USING btree (dispute_id);

CREATE INDEX conduct_disputestep_key_da5abf3d_like ON public.conduct_disputestep USING btree (key varchar_pattern_ops);

CREATE INDEX conduct_donotcontact_added_by_id_760ea2b4 ON public.conduct_donotcontact USING btree (added_by_id);

CREATE INDEX conduct_donotcontact_lifted_by_id_21416ca4 ON public.conduct_donotcontact USING btree (lifted_by_id);

CREATE INDEX conduct_donotcontact_party_id_30ca2185 ON public.conduct_donotcontact USING btree (party_id);

CREATE INDEX conduct_flaggednote_reviewed_by_id_cae89a5f ON public.conduct_flaggednote USING btree (reviewed_by_id);

CREATE INDEX conduct_industrylist_ended_by_id_6b484b28 ON public.conduct_industrylist USING btree (ended_by_id);

CREATE INDEX conduct_industrylist_imported_by_id_8b81ea08 ON public.conduct_industrylist USING btree (imported_by_id);

CREATE INDEX conduct_listupload_by_id_e02d599b ON public.conduct_listupload USING btree (by_id);

CREATE INDEX conduct_listupload_result_id_52abcb87 ON public.conduct_listupload USING btree (result_id);

CREATE INDEX conduct_mandate_ended_by_id_4b0f1085 ON public.conduct_mandate USING btree (ended_by_id);

CREATE INDEX conduct_mandate_given_by_id_ed1dc3bf ON public.conduct_mandate USING btree (given_by_id);

CREATE INDEX conduct_rejectedlisting_list_id_dcfe0cbd ON public.conduct_rejectedlisting USING btree (list_id);

CREATE UNIQUE INDEX consent_key_once ON public.parties_consent USING btree (key) WHERE (NOT ((key)::text = ''::text));

CREATE INDEX contact_log_of_agency ON public.agencies_contactlog USING btree (agency_id, id DESC);

CREATE INDEX contact_log_reject_open ON public.agencies_contactlogreject USING btree (reference) WHERE (corrected_at IS NULL);

CREATE INDEX contact_point_value ON public.parties_contactpoint USING btree (value_index);

CREATE INDEX dayrun_dayrun_snapshot_id_7f3e74be ON public.dayrun_dayrun USING btree (snapshot_id);

CREATE INDEX dayrun_dayrun_strategy_id_f49a0166 ON public.dayrun_dayrun USING btree (strategy_id);

CREATE INDEX dayrun_dayrun_warning_id_518fea01 ON public.dayrun_dayrun USING btree (warning_id);

CREATE INDEX dayrun_daystep_run_id_71187b4a ON public.dayrun_daystep USING btree (run_id);

CREATE INDEX dayrun_stripestep_run_id_e0b14b96 ON public.dayrun_stripestep USING btree (run_id);

CREATE INDEX delivery_dead ON public.outreach_delivery USING btree (attempt_id) WHERE (((closing)::text = ''::text) AND ((state)::text = ANY ((ARRAY['failed'::character varying, 'undelivered'::character varying, 'uncertain'::character varying])::text[])));

CREATE INDEX delivery_references ON public.outreach_delivery USING gin ("references") WITH (fastupdate=off);

CREATE INDEX delivery_under_way ON public.outreach_delivery USING btree (gateway, due_at) WHERE ((state)::text = ANY ((ARRAY['waiting'::character varying, 'handed'::character varying])::text[]));

CREATE INDEX dispute_open_due ON public.conduct_dispute USING btree (due_on) WHERE (closed_at IS NULL);

CREATE INDEX dispute_time ON public.conduct_dispute USING btree (received_at);

CREATE INDEX disputed_loan ON public.conduct_disputedloan USING btree (loan_no);

CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);

CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);

CREATE INDEX do_not_contact_value ON public.conduct_donotcontact USING btree (value_index);

CREATE INDEX due_recording_gone ON public.recordings_duerecording USING btree (due_at DESC) WHERE (absent_at IS NOT NULL);

CREATE INDEX due_recording_open ON public.recordings_duerecording USING btree (due_at) WHERE (absent_at IS NULL);

CREATE INDEX due_recording_staff ON public.recordings_duerecording USING btree (staff_id, case_id);

CREATE INDEX enrolment_open ON public.experiments_enrolment USING btree (experiment_id, entered_on) WHERE (known_on IS NULL);

CREATE INDEX event_aside ON public.event_inbox USING btree (id DESC) WHERE ((state)::text = 'aside'::text);

CREATE INDEX event_done ON public.event_inbox USING btree (done_at DESC);

CREATE INDEX event_inbox_key_a725496e_like ON public.event_inbox USING btree (key varchar_pattern_ops);

CREATE INDEX event_loan ON public.event_inbox USING btree (loan_no, id DESC);

CREATE INDEX event_waiting ON public.event_inbox USING btree (id) WHERE ((state)::text = 'waiting'::text);

CREATE INDEX event_waiting_loan ON public.event_inbox USING btree (loan_no, id) WHERE ((state)::text = 'waiting'::text);

CREATE INDEX evidence_entry_subject ON public.evidence_entry USING btree (subject, id);

CREATE INDEX evidence_storedtimestamp_checkpoint_id_70e66345 ON public.evidence_storedtimestamp USING btree (checkpoint_id);

CREATE INDEX evidence_witnessstate_vkey_99aef665_like ON public.evidence_witnessstate USING btree (vkey text_pattern_ops);

CREATE INDEX exchange_rejectedrow_resolved_by_id_7f2ae81b ON public.exchange_rejectedrow USING btree (resolved_by_id);

CREATE INDEX exchange_rejectedrow_tape_id_b85cbd88 ON public.exchange_rejectedrow USING btree (tape_id);

CREATE INDEX exchange_tapeimport_imported_by_id_ab279d2e ON public.exchange_tapeimport USING btree (imported_by_id);

CREATE INDEX exchange_tapeimport_key_5e3c6e67_like ON public.exchange_tapeimport USING btree (key varchar_pattern_ops);

CREATE INDEX experiments_arm_experiment_id_31e3cf58 ON public.experiments_arm USING btree (experiment_id);

CREATE INDEX experiments_arm_name_5fa71ce4 ON public.experiments_arm USING btree (name);

CREATE INDEX experiments_arm_name_5fa71ce4_like ON public.experiments_arm USING btree (name varchar_pattern_ops);

CREATE INDEX experiments_arm_strategy_id_18eab0fd ON public.experiments_arm USING btree (strategy_id);

CREATE INDEX experiments_enrolment_arm_id_d5032191 ON public.experiments_enrolment USING btree (arm_id);

CREATE INDEX experiments_enrolment_experiment_id_5e094aae ON public.experiments_enrolment USING btree (experiment_id);

CREATE INDEX experiments_experiment_key_920d2421_like ON public.experiments_experiment USING btree (key varchar_pattern_ops);

CREATE INDEX experiments_experiment_planned_by_id_0292518a ON public.experiments_experiment USING btree (planned_by_id);

CREATE INDEX experiments_experiment_proposed_by_id_c2d9b54f ON public.experiments_experiment USING btree (proposed_by_id);

CREATE INDEX experiments_experiment_winner_id_dcbab08c ON public.experiments_experiment USING btree (winner_id);

CREATE INDEX experiments_figure_arm_id_6e94e760 ON public.experiments_figure USING btree (arm_id);

CREATE INDEX flagged_note_waiting ON public.conduct_flaggednote USING btree (id) WHERE ((outcome)::text = ''::text);

CREATE UNIQUE INDEX held_together_once ON public.casework_heldtogether USING btree (order_id, party_id) WHERE (party_id IS NOT NULL);

CREATE INDEX held_together_waiting ON public.casework_heldtogether USING btree (order_id, fared, id);

CREATE INDEX hold_lifted ON public.casework_hold USING btree (lifted_on) WHERE (lifted_on IS NOT NULL);

CREATE INDEX hold_of_person ON public.casework_hold USING btree (party_id) WHERE (case_id IS NULL);

CREATE INDEX hold_standing ON public.casework_hold USING btree (until_on) WHERE (lifted_on IS NULL);

CREATE INDEX holding_stands ON public.casework_holdingtogether USING btree (from_on) WHERE (lift_at IS NULL);

CREATE INDEX holding_under_way ON public.casework_holdingtogether USING btree (asked_at) WHERE ((done_at IS NULL) OR ((lift_at IS NOT NULL) AND (lifted_at IS NULL)));

CREATE INDEX idx_procrastinate_jobs_worker_not_null ON public.procrastinate_jobs USING btree (worker_id) WHERE ((worker_id IS NOT NULL) AND (status = 'doing'::public.procrastinate_job_status));

CREATE INDEX idx_procrastinate_workers_last_heartbeat ON public.procrastinate_workers USING btree (last_heartbeat);

CREATE UNIQUE INDEX industry_list_one_in_force ON public.conduct_industrylist USING btree (name) WHERE ((state)::text = 'live'::text);

CREATE UNIQUE INDEX invitation_one_open ON public.signin_invitation USING btree (user_id) WHERE ((used_at IS NULL) AND (withdrawn_at IS NULL));

CREATE INDEX invoice_line_loan ON public.agencies_invoiceline USING btree (loan_no);

CREATE UNIQUE INDEX letter_again_in_one_order ON public.outreach_letteragain USING btree (delivery_id) WHERE ((fared)::text = ''::text);

CREATE INDEX letter_again_waiting ON public.outreach_letteragain USING btree (order_id, id) WHERE ((fared)::text = ''::text);

CREATE UNIQUE INDEX letter_batch_one_begun ON public.outreach_letterbatch USING btree (gateway) WHERE (made_at IS NULL);

CREATE INDEX level_change_loan ON public.warning_levelchange USING btree (watched_id, at DESC);

CREATE INDEX list_upload_newest ON public.conduct_listupload USING btree (asked_at DESC);

CREATE INDEX loan_party_plate ON public.parties_loanparty USING btree (plate_index);

CREATE INDEX loan_party_vin ON public.parties_loanparty USING btree (vin_index);

CREATE INDEX mail_aside ON public.outreach_receivedmail USING btree (received_at DESC) WHERE ((kind)::text = 'aside'::text);

CREATE INDEX mail_attachment_case ON public.outreach_mailattachment USING btree (case_id, received_at DESC);

CREATE INDEX mail_attachment_waiting ON public.outreach_mailattachment USING btree (id) WHERE (content_sealed IS NOT NULL);

CREATE UNIQUE INDEX mandate_begins_once ON public.conduct_mandate USING btree (agency, starts_on) WHERE (ended_at IS NULL);

CREATE INDEX mfa_authenticator_user_id_0c3a50c0 ON public.mfa_authenticator USING btree (user_id);

CREATE INDEX notice_matter ON public.notices_notice USING btree (key) WHERE (read_at IS NULL);

CREATE INDEX notice_time ON public.notices_notice USING btree (user_id, at DESC);

CREATE INDEX notice_unread ON public.notices_notice USING btree (user_id) WHERE (read_at IS NULL);

CREATE UNIQUE INDEX one_champion ON public.experiments_arm USING btree (experiment_id) WHERE is_champion;

CREATE UNIQUE INDEX one_open_case_per_loan ON public.casework_case USING btree (loan_no) WHERE ((state)::text = 'open'::text);

CREATE UNIQUE INDEX one_running_of_a_kind ON public.experiments_experiment USING btree (template) WHERE ((state)::text = 'running'::text);

CREATE UNIQUE INDEX one_watch_file_per_loan ON public.casework_case USING btree (loan_no) WHERE ((state)::text = 'watch'::text);

CREATE UNIQUE INDEX organisation_one_lender ON public.access_organisation USING btree (kind) WHERE ((kind)::text = 'lender'::text);

CREATE INDEX outcome_case ON public.outreach_contactoutcome USING btree (case_id, told_at DESC);

CREATE INDEX outcome_time ON public.outreach_contactoutcome USING btree (at) INCLUDE (channel, right_party);

CREATE INDEX outcome_unbooked ON public.outreach_contactoutcome USING btree (party_id, at DESC) WHERE (attempt_id IS NULL);

CREATE INDEX outreach_attempt_action_id_0dbd7621 ON public.outreach_attempt USING btree (action_id);

CREATE INDEX outreach_attempt_case_id_56f26188 ON public.outreach_attempt USING btree (case_id);

CREATE INDEX outreach_attempt_contact_point_id_ee3e5bac ON public.outreach_attempt USING btree (contact_point_id);

CREATE INDEX outreach_attempt_key_8e37d070_like ON public.outreach_attempt USING btree (key varchar_pattern_ops);

CREATE INDEX outreach_attempt_made_by_id_4211f206 ON public.outreach_attempt USING btree (made_by_id);

CREATE INDEX outreach_attempt_party_id_b5e7f97d ON public.outreach_attempt USING btree (party_id);

CREATE INDEX outreach_contactoutcome_case_id_18814d49 ON public.outreach_contactoutcome USING btree (case_id);

CREATE INDEX outreach_contactoutcome_key_ccaf7afe_like ON public.outreach_contactoutcome USING btree (key varchar_pattern_ops);

CREATE INDEX outreach_contactoutcome_party_id_1f89049b ON public.outreach_contactoutcome USING btree (party_id);

CREATE INDEX outreach_contactoutcome_told_by_id_207f41b2 ON public.outreach_contactoutcome USING btree (told_by_id);

CREATE INDEX outreach_delivery_closed_by_id_50b3e458 ON public.outreach_delivery USING btree (closed_by_id);

CREATE INDEX outreach_fieldvisit_case_id_a772c65a ON public.outreach_fieldvisit USING btree (case_id);

CREATE INDEX outreach_fieldvisit_checked_in_by_id_393d2351 ON public.outreach_fieldvisit USING btree (checked_in_by_id);

CREATE INDEX outreach_fieldvisit_first_id_33783ded ON public.outreach_fieldvisit USING btree (first_id);

CREATE INDEX outreach_fieldvisit_joined_by_id_4f2b9249 ON public.outreach_fieldvisit USING btree (joined_by_id);

CREATE INDEX outreach_fieldvisit_second_id_695f8342 ON public.outreach_fieldvisit USING btree (second_id);

CREATE INDEX outreach_letteragain_delivery_id_98079c1c ON public.outreach_letteragain USING btree (delivery_id);

CREATE INDEX outreach_letteragain_order_id_8e3a30da ON public.outreach_letteragain USING btree (order_id);

CREATE INDEX outreach_letterbatch_made_by_id_d9bc89ea ON public.outreach_letterbatch USING btree (made_by_id);

CREATE INDEX outreach_letterstatusfile_brought_by_id_932e2c65 ON public.outreach_letterstatusfile USING btree (brought_by_id);

CREATE INDEX outreach_letterstatusfile_sha256_7a55147f_like ON public.outreach_letterstatusfile USING btree (sha256 varchar_pattern_ops);

CREATE INDEX outreach_letterstatusreject_file_id_e8afe0c7 ON public.outreach_letterstatusreject USING btree (file_id);

CREATE INDEX outreach_mailattachment_case_id_b50beed7 ON public.outreach_mailattachment USING btree (case_id);

CREATE INDEX outreach_mailattachment_mail_id_3eb5f433 ON public.outreach_mailattachment USING btree (mail_id);

CREATE INDEX outreach_mailattachment_stored_id_15242119 ON public.outreach_mailattachment USING btree (stored_id);

CREATE INDEX outreach_mailattachment_unknown_id_a467edac ON public.outreach_mailattachment USING btree (unknown_id);

CREATE INDEX outreach_opening_pacing_id_9508e38b ON public.outreach_opening USING btree (pacing_id);

CREATE INDEX outreach_override_asked_by_id_460750e0 ON public.outreach_override USING btree (asked_by_id);

CREATE INDEX outreach_override_case_id_fa6c22f2 ON public.outreach_override USING btree (case_id);

CREATE INDEX outreach_override_decided_by_id_ca6061e1 ON public.outreach_override USING btree (decided_by_id);

CREATE INDEX outreach_override_party_id_90485dbf ON public.outreach_override USING btree (party_id);

CREATE INDEX outreach_portalmessage_case_id_a06aaf09 ON public.outreach_portalmessage USING btree (case_id);

CREATE INDEX outreach_portalmessage_key_8a968283_like ON public.outreach_portalmessage USING btree (key varchar_pattern_ops);

CREATE INDEX outreach_portalmessage_party_id_bd530e72 ON public.outreach_portalmessage USING btree (party_id);

CREATE INDEX outreach_portalmessage_withdrawn_by_id_6e61d6b7 ON public.outreach_portalmessage USING btree (withdrawn_by_id);

CREATE INDEX outreach_printedletter_batch_id_9ce37f12 ON public.outreach_printedletter USING btree (batch_id);

CREATE INDEX outreach_printedletter_file_id_2c6ae144 ON public.outreach_printedletter USING btree (file_id);

CREATE INDEX outreach_printedletter_number_9f759a86_like ON public.outreach_printedletter USING btree (number varchar_pattern_ops);

CREATE INDEX outreach_receipt_delivery_id_a062a299 ON public.outreach_receipt USING btree (delivery_id);

CREATE INDEX outreach_receivedmail_delivery_id_a96cdfa6 ON public.outreach_receivedmail USING btree (delivery_id);

CREATE INDEX outreach_receivedmail_key_c0c838c5_like ON public.outreach_receivedmail USING btree (key varchar_pattern_ops);

CREATE INDEX outreach_sendingagain_asked_by_id_97c48f50 ON public.outreach_sendingagain USING btree (asked_by_id);

CREATE INDEX outreach_sendingagain_key_80e62a19_like ON public.outreach_sendingagain USING btree (key varchar_pattern_ops);

CREATE INDEX outreach_sendingagain_stopped_by_id_a4806897 ON public.outreach_sendingagain USING btree (stopped_by_id);

CREATE INDEX outreach_templateevent_by_id_19936751 ON public.outreach_templateevent USING btree (by_id);

CREATE INDEX outreach_templateevent_template_id_e6b1d305 ON public.outreach_templateevent USING btree (template_id);

CREATE INDEX outreach_templateversion_approved_by_id_826747eb ON public.outreach_templateversion USING btree (approved_by_id);

CREATE INDEX outreach_templateversion_author_id_a5e0a707 ON public.outreach_templateversion USING btree (author_id);

CREATE INDEX outreach_templateversion_base_id_d9e820f4 ON public.outreach_templateversion USING btree (base_id);

CREATE INDEX outreach_templateversion_proposed_by_id_da4cf591 ON public.outreach_templateversion USING btree (proposed_by_id);

CREATE INDEX outreach_unknowntext_key_ca92388d_like ON public.outreach_unknowntext USING btree (key varchar_pattern_ops);

CREATE INDEX outreach_unknowntext_settled_by_id_133684e5 ON public.outreach_unknowntext USING btree (settled_by_id);

CREATE INDEX outreach_visitstep_by_id_ff4eeae0 ON public.outreach_visitstep USING btree (by_id);

CREATE INDEX outreach_visitstep_visit_id_d541500c ON public.outreach_visitstep USING btree (visit_id);

CREATE INDEX override_asked ON public.outreach_override USING btree (asked_at) WHERE ((state)::text = 'asked'::text);

CREATE UNIQUE INDEX part_planned_one_by_one ON public.recordings_part USING btree (recording_id) WHERE (stored_id IS NULL);

CREATE INDEX parties_consent_party_id_5671a697 ON public.parties_consent USING btree (party_id);

CREATE INDEX parties_consent_recorded_by_id_bca9d6fb ON public.parties_consent USING btree (recorded_by_id);

CREATE INDEX parties_contactpoint_party_id_484e083f ON public.parties_contactpoint USING btree (party_id);

CREATE INDEX parties_correction_by_id_9b1ebaf4 ON public.parties_correction USING btree (by_id);

CREATE INDEX parties_correction_party_id_3c1843c7 ON public.parties_correction USING btree (party_id);

CREATE INDEX parties_loanparty_party_id_9a97cfab ON public.parties_loanparty USING btree (party_id);

CREATE INDEX parties_party_erased_by_id_342a4097 ON public.parties_party USING btree (erased_by_id);

CREATE INDEX parties_party_party_no_970a9160_like ON public.parties_party USING btree (party_no varchar_pattern_ops);

CREATE INDEX parties_sealedwords_party_id_f406c136 ON public.parties_sealedwords USING btree (party_id);

CREATE INDEX parties_unmasking_by_id_c3580c96 ON public.parties_unmasking USING btree (by_id);

CREATE INDEX parties_unmasking_party_id_3dfc9c5f ON public.parties_unmasking USING btree (party_id);

CREATE INDEX party_id_no ON public.parties_party USING btree (id_no_index);

CREATE INDEX party_name_tokens ON public.parties_party USING gin (name_tokens);

CREATE INDEX party_time_zone ON public.parties_party USING btree (time_zone);

CREATE INDEX party_tokens_version ON public.parties_party USING btree (tokens_version);

CREATE INDEX placement_agency ON public.casework_placement USING btree (agency_id, from_on);

CREATE INDEX placement_debtor ON public.casework_placement USING btree (obligor_no);

CREATE UNIQUE INDEX placement_returned_once ON public.agencies_placementstep USING btree (placement_id) WHERE ((kind)::text = 'returned'::text);

CREATE UNIQUE INDEX placing_one_of_a_state ON public.agencies_placing USING btree (state) WHERE ((state)::text = ANY ((ARRAY['proposed'::character varying, 'approved'::character varying])::text[]));

CREATE INDEX portal_message_kept ON public.outreach_portalmessage USING btree (expires_at) WHERE (body_sealed IS NOT NULL);

CREATE INDEX portal_message_of ON public.outreach_portalmessage USING btree (party_id, sent_at DESC);

CREATE INDEX portfolio_receivedevent_idempotency_key_136370ee_like ON public.portfolio_receivedevent USING btree (idempotency_key varchar_pattern_ops);

CREATE INDEX portfolio_receivedpayment_idempotency_key_d494fb39_like ON public.portfolio_receivedpayment USING btree (idempotency_key varchar_pattern_ops);

CREATE INDEX prepared_bundle_until ON public.bundles_preparedbundle USING btree (until) WHERE ((state)::text = 'ready'::text);

CREATE INDEX procrastinate_events_job_id_fkey_v1 ON public.procrastinate_events USING btree (job_id);

CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON public.procrastinate_jobs USING btree (id, lock) WHERE (status = ANY (ARRAY['todo'::public.procrastinate_job_status, 'doing'::public.procrastinate_job_status]));

CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON public.procrastinate_jobs USING btree (lock) WHERE (status = 'doing'::public.procrastinate_job_status);

CREATE INDEX procrastinate_jobs_priority_idx_v1 ON public.procrastinate_jobs USING btree (priority DESC, id) WHERE (status = 'todo'::public.procrastinate_job_status);

CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON public.procrastinate_jobs USING btree (queue_name);

CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON public.procrastinate_jobs USING btree (queueing_lock) WHERE (status = 'todo'::public.procrastinate_job_status);

CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON public.procrastinate_periodic_defers USING btree (job_id);

CREATE INDEX promise_due ON public.casework_promise USING btree (due_on);

CREATE INDEX promise_open ON public.casework_promise USING btree (case_id) WHERE ((state)::text = 'open'::text);

CREATE INDEX proposal_asked ON public.signin_proposal USING btree (asked_at) WHERE ((state)::text = 'asked'::text);

CREATE INDEX received_event_loan ON public.portfolio_receivedevent USING btree (loan_no, happened_on);

CREATE INDEX received_payment_loan ON public.portfolio_receivedpayment USING btree (loan_no, paid_on);

CREATE INDEX recording_case ON public.recordings_recording USING btree (case_id, started_at DESC);

CREATE INDEX recording_file_of_agency ON public.agencies_recordingfile USING btree (agency_id, id DESC);

CREATE INDEX recording_open ON public.recordings_recording USING btree (last_at) WHERE ((state)::text = 'open'::text);

CREATE INDEX recording_reject_open ON public.agencies_recordingreject USING btree (reference) WHERE (corrected_at IS NULL);

CREATE INDEX recording_to_archive ON public.recordings_recording USING btree (last_at) WHERE ((archived_count < chunk_count) AND ((state)::text = ANY ((ARRAY['ended'::character varying, 'broken_off'::character varying])::text[])));

CREATE INDEX recordings_duerecording_case_id_0b1ed6e0 ON public.recordings_duerecording USING btree (case_id);

CREATE INDEX recordings_duerecording_staff_id_b2ec5805 ON public.recordings_duerecording USING btree (staff_id);

CREATE INDEX recordings_playback_by_id_6526ca22 ON public.recordings_playback USING btree (by_id);

CREATE INDEX recordings_playback_recording_id_027297d3 ON public.recordings_playback USING btree (recording_id);

CREATE INDEX recordings_recordedcontact_attempt_id_de3e8fa0 ON public.recordings_recordedcontact USING btree (attempt_id);

CREATE INDEX recordings_recordedcontact_recording_id_00d06a6d ON public.recordings_recordedcontact USING btree (recording_id);

CREATE INDEX recordings_recording_case_id_ec5aad12 ON public.recordings_recording USING btree (case_id);

CREATE INDEX recordings_recording_key_party_id_878503f2 ON public.recordings_recording USING btree (key_party_id);

CREATE INDEX recordings_recording_staff_id_33a540ca ON public.recordings_recording USING btree (staff_id);

CREATE INDEX report_due ON public.reports_reportschedule USING btree (next_at) WHERE (NOT (next_at IS NULL));

CREATE INDEX report_mail_due ON public.reports_reportmail USING btree (next_at) WHERE ((state)::text = 'waiting'::text);

CREATE INDEX report_mail_reader ON public.reports_reportmail USING btree (user_id);

CREATE INDEX reports_reportrun_asked_by_id_e130459e ON public.reports_reportrun USING btree (asked_by_id);

CREATE INDEX reports_reportrun_schedule_id_c5ed8986 ON public.reports_reportrun USING btree (schedule_id);

CREATE INDEX reports_reportschedule_made_by_id_500481a1 ON public.reports_reportschedule USING btree (made_by_id);

CREATE INDEX reports_reportschedule_recipients_reportschedule_id_2705078c ON public.reports_reportschedule_recipients USING btree (reportschedule_id);

CREATE INDEX reports_reportschedule_recipients_user_id_db7f44a7 ON public.reports_reportschedule_recipients USING btree (user_id);

CREATE INDEX rights_contesteddecision_case_id_e466e388 ON public.rights_contesteddecision USING btree (case_id);

CREATE INDEX rights_request_due ON public.rights_rightsrequest USING btree (due_on) WHERE (NOT ((state)::text = ANY ((ARRAY['done'::character varying, 'refused'::character varying, 'withdrawn'::character varying])::text[])));

CREATE INDEX rights_request_loan ON public.rights_rightsrequest USING btree (loan_no);

CREATE INDEX rights_rightsrequest_case_id_a5dfa118 ON public.rights_rightsrequest USING btree (case_id);

CREATE INDEX rights_rightsrequest_decided_by_id_2c01d86b ON public.rights_rightsrequest USING btree (decided_by_id);

CREATE INDEX rights_rightsrequest_key_a25c513d_like ON public.rights_rightsrequest USING btree (key varchar_pattern_ops);

CREATE INDEX rights_rightsrequest_party_id_3503c5d2 ON public.rights_rightsrequest USING btree (party_id);

CREATE INDEX rights_rightsrequest_proposed_by_id_b44d20d3 ON public.rights_rightsrequest USING btree (proposed_by_id);

CREATE INDEX rights_rightsrequest_registered_by_id_84e8061f ON public.rights_rightsrequest USING btree (registered_by_id);

CREATE INDEX rights_rightsstep_by_id_bc62b50a ON public.rights_rightsstep USING btree (by_id);

CREATE INDEX rights_rightsstep_key_dc0342b9_like ON public.rights_rightsstep USING btree (key varchar_pattern_ops);

CREATE INDEX rights_rightsstep_request_id_e14e20ec ON public.rights_rightsstep USING btree (request_id);

CREATE INDEX ruling_cause ON public.casework_ruling USING btree (cause);

CREATE INDEX ruling_standing ON public.casework_ruling USING btree (party_id) WHERE (ended_at IS NULL);

CREATE INDEX savedviews_savedview_owner_id_ec5a712a ON public.savedviews_savedview USING btree (owner_id);

CREATE INDEX savedviews_savedview_shared_with_id_2a2c0168 ON public.savedviews_savedview USING btree (shared_with_id);

CREATE INDEX sending_again_under_way ON public.outreach_sendingagain USING btree (asked_at) WHERE (done_at IS NULL);

CREATE INDEX signin_cache_expires ON public.signin_cache USING btree (expires);

CREATE INDEX signin_invitation_made_by_id_9c4ff594 ON public.signin_invitation USING btree (made_by_id);

CREATE INDEX signin_invitation_user_id_1ac9333b ON public.signin_invitation USING btree (user_id);

CREATE INDEX signin_proposal_asked_by_id_77596f33 ON public.signin_proposal USING btree (asked_by_id);

CREATE INDEX signin_proposal_decided_by_id_b974f6cd ON public.signin_proposal USING btree (decided_by_id);

CREATE INDEX signin_proposal_subject_id_12a5de3d ON public.signin_proposal USING btree (subject_id);

CREATE INDEX signin_session_user ON public.signin_staffsession USING btree (user_id, seen_at);

CREATE INDEX signin_staffsession_session_key_6462be34_like ON public.signin_staffsession USING btree (session_key varchar_pattern_ops);

CREATE INDEX signin_staffsession_user_id_95fdecb1 ON public.signin_staffsession USING btree (user_id);

CREATE INDEX simulation_simulation_asked_by_id_e91f8617 ON public.simulation_simulation USING btree (asked_by_id);

CREATE INDEX socialaccount_socialaccount_user_id_8146e70c ON public.socialaccount_socialaccount USING btree (user_id);

CREATE INDEX socialaccount_socialtoken_account_id_951f210e ON public.socialaccount_socialtoken USING btree (account_id);

CREATE INDEX socialaccount_socialtoken_app_id_636a42d7 ON public.socialaccount_socialtoken USING btree (app_id);

CREATE INDEX staff_message_due ON public.notices_staffmessage USING btree (next_at) WHERE ((state)::text = 'waiting'::text);

CREATE INDEX strategy_draft_author_id_25c6e51b ON public.strategy_draft USING btree (author_id);

CREATE INDEX strategy_draft_base_id_20891012 ON public.strategy_draft USING btree (base_id);

CREATE INDEX strategy_draft_submitted_by_id_7f92446d ON public.strategy_draft USING btree (submitted_by_id);

CREATE INDEX strategy_draft_version_id_f49f3ad7 ON public.strategy_draft USING btree (version_id);

CREATE INDEX strategy_publication_approved_by_id_6d4e78df ON public.strategy_publication USING btree (approved_by_id);

CREATE INDEX strategy_publication_proposed_by_id_7ce2a125 ON public.strategy_publication USING btree (proposed_by_id);

CREATE INDEX strategy_publication_version_id_a2353553 ON public.strategy_publication USING btree (version_id);

CREATE INDEX strategy_strategyevent_by_id_f3623244 ON public.strategy_strategyevent USING btree (by_id);

CREATE INDEX strategy_strategyevent_draft_id_aa41aaf3 ON public.strategy_strategyevent USING btree (draft_id);

CREATE INDEX strategy_strategyevent_version_id_b1cdc336 ON public.strategy_strategyevent USING btree (version_id);

CREATE INDEX strategy_strategyversion_version_99c82314_like ON public.strategy_strategyversion USING btree (version varchar_pattern_ops);

CREATE INDEX stripe_stands ON public.dayrun_stripestep USING btree (step, stripe, id DESC);

CREATE UNIQUE INDEX template_hash_once ON public.outreach_templateversion USING btree (version) WHERE (NOT ((version)::text = ''::text));

CREATE UNIQUE INDEX template_one_in_the_making ON public.outreach_templateversion USING btree (key) WHERE ((state)::text = ANY ((ARRAY['draft'::character varying, 'proposed'::character varying])::text[]));

CREATE UNIQUE INDEX unique_authenticator_type ON public.mfa_authenticator USING btree (user_id, type) WHERE ((type)::text = ANY ((ARRAY['totp'::character varying, 'recovery_codes'::character varying])::text[]));

CREATE UNIQUE INDEX unique_primary_email ON public.account_emailaddress USING btree (user_id, "primary") WHERE "primary";

CREATE UNIQUE INDEX unique_verified_email ON public.account_emailaddress USING btree (email) WHERE verified;

CREATE INDEX unmasking_at ON public.parties_unmasking USING btree (at);

CREATE INDEX unmasking_by ON public.parties_unmasking USING btree (by_id, at);

CREATE INDEX unmasking_loan ON public.parties_unmasking USING btree (loan_no, at);

CREATE INDEX vault_hold_loan ON public.vault_legalhold USING btree (loan_no) WHERE (lifted_at IS NULL);

CREATE INDEX vault_legalhold_asked_by_id_b1ba4a40 ON public.vault_legalhold USING btree (asked_by_id);

CREATE INDEX vault_legalhold_lifted_by_id_bccd79b9 ON public.vault_legalhold USING btree (lifted_by_id);

CREATE INDEX vault_legalhold_placed_by_id_28b17f2c ON public.vault_legalhold USING btree (placed_by_id);

CREATE INDEX vault_legalhold_stored_id_7e1aae16 ON public.vault_legalhold USING btree (stored_id);

CREATE INDEX vault_object_case ON public.vault_storedobject USING btree (case_id, created_at DESC);

CREATE INDEX vault_object_expiry ON public.vault_storedobject USING btree (retained_until) WHERE (destroyed_at IS NULL);

CREATE INDEX vault_object_loan ON public.vault_storedobject USING btree (loan_no, created_at DESC);

CREATE INDEX vault_opening_by_id_7939f307 ON public.vault_opening USING btree (by_id);

CREATE INDEX vault_opening_objects_opened_opening_id_e24bb005 ON public.vault_opening_objects_opened USING btree (opening_id);

CREATE INDEX vault_opening_objects_opened_storedobject_id_273df474 ON public.vault_opening_objects_opened USING btree (storedobject_id);

CREATE INDEX vault_storedobject_created_by_id_611e50f7 ON public.vault_storedobject USING btree (created_by_id);

CREATE INDEX vault_storedobject_party_id_5809b97f ON public.vault_storedobject USING btree (party_id);

CREATE INDEX verdict_near_miss_time ON public.conduct_verdictrecord USING btree (attempt_at) WHERE (((gate_action)::text = 'allow'::text) AND (NOT (near = '[]'::jsonb)));

CREATE INDEX verdict_stopped_time ON public.conduct_verdictrecord USING btree (attempt_at) WHERE (NOT ((gate_action)::text = 'allow'::text));

CREATE UNIQUE INDEX view_default_once ON public.savedviews_savedview USING btree (owner_id, place) WHERE is_default;

CREATE INDEX visit_time ON public.outreach_fieldvisit USING btree (from_at);

CREATE INDEX warning_levelchange_watched_id_72b582fe ON public.warning_levelchange USING btree (watched_id);

CREATE INDEX warning_watchedloan_loan_no_7f019915_like ON public.warning_watchedloan USING btree (loan_no varchar_pattern_ops);

CREATE INDEX warning_watchedloan_strategy_id_2e92f037 ON public.warning_watchedloan USING btree (strategy_id);

CREATE INDEX watched_level_score ON public.warning_watchedloan USING btree (level, score) WHERE (NOT ((level)::text = 'none'::text));

CREATE INDEX watched_next_due ON public.warning_watchedloan USING btree (next_due_on) WHERE (NOT ((level)::text = 'none'::text));

CREATE TRIGGER agencies_destruction_stays BEFORE DELETE OR UPDATE ON public.agencies_destroyedplacement FOR EACH ROW EXECUTE FUNCTION public.agencies_destruction_stays();

CREATE TRIGGER agencies_destruction_stays BEFORE DELETE OR UPDATE ON public.agencies_destruction FOR EACH ROW EXECUTE FUNCTION public.agencies_destruction_stays();

CREATE TRIGGER agencies_loggedcontact_stays BEFORE DELETE OR UPDATE ON public.agencies_loggedcontact FOR EACH ROW EXECUTE FUNCTION public.agencies_loggedcontact_stays();

CREATE TRIGGER casework_holdstep_stays BEFORE DELETE OR UPDATE ON public.casework_holdstep FOR EACH ROW EXECUTE FUNCTION public.casework_holdstep_stays();

CREATE TRIGGER conduct_retired_index_stays_out AFTER INSERT ON public.conduct_donotcontact REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.parties_refuse_retired_index();

CREATE TRIGGER conduct_retired_index_stays_out AFTER INSERT ON public.conduct_industrylist REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.parties_refuse_retired_index();

CREATE TRIGGER conduct_retired_index_stays_out_later BEFORE UPDATE OF index_key ON public.conduct_donotcontact FOR EACH ROW WHEN ((new.index_key IS DISTINCT FROM old.index_key)) EXECUTE FUNCTION public.parties_refuse_retired_index_row();

CREATE TRIGGER conduct_retired_index_stays_out_later BEFORE UPDATE OF index_key ON public.conduct_industrylist FOR EACH ROW WHEN ((new.index_key IS DISTINCT FROM old.index_key)) EXECUTE FUNCTION public.parties_refuse_retired_index_row();

CREATE TRIGGER conduct_verdict_stays BEFORE DELETE OR UPDATE ON public.conduct_verdictrecord FOR EACH ROW EXECUTE FUNCTION public.conduct_verdict_stays();

CREATE TRIGGER event_inbox_wake AFTER INSERT ON public.event_inbox FOR EACH STATEMENT EXECUTE FUNCTION public.event_inbox_wake();

CREATE TRIGGER evidence_is_fixed BEFORE DELETE OR UPDATE ON public.evidence_entry FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER evidence_is_fixed BEFORE DELETE OR UPDATE ON public.evidence_position FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER evidence_is_fixed BEFORE DELETE OR UPDATE ON public.evidence_storedanchor FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER evidence_is_fixed BEFORE DELETE OR UPDATE ON public.evidence_storedcheckpoint FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER evidence_is_fixed BEFORE DELETE OR UPDATE ON public.evidence_storedcosignature FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER evidence_is_fixed BEFORE DELETE OR UPDATE ON public.evidence_storedtimestamp FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON public.evidence_entry FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON public.evidence_position FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON public.evidence_queuedentry FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON public.evidence_storedanchor FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON public.evidence_storedcheckpoint FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON public.evidence_storedcosignature FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON public.evidence_storedtile FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON public.evidence_storedtimestamp FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER evidence_queue_is_fixed BEFORE UPDATE ON public.evidence_queuedentry FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER evidence_queue_is_kept AFTER DELETE ON public.evidence_queuedentry REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_queue_is_kept();

CREATE TRIGGER evidence_tile_grows BEFORE UPDATE ON public.evidence_storedtile FOR EACH ROW EXECUTE FUNCTION public.evidence_tile_grows();

CREATE TRIGGER evidence_tile_stays BEFORE DELETE ON public.evidence_storedtile FOR EACH STATEMENT EXECUTE FUNCTION public.evidence_refuse();

CREATE TRIGGER outreach_arm_is_approved BEFORE INSERT OR UPDATE ON public.experiments_arm FOR EACH ROW EXECUTE FUNCTION public.outreach_arm_is_approved();

CREATE TRIGGER outreach_attempt_stays BEFORE DELETE OR UPDATE ON public.outreach_attempt FOR EACH ROW EXECUTE FUNCTION public.outreach_attempt_stays();

CREATE TRIGGER outreach_breach_stays BEFORE DELETE OR UPDATE ON public.outreach_breach FOR EACH ROW EXECUTE FUNCTION public.outreach_breach_stays();

CREATE TRIGGER outreach_outcome_stays BEFORE DELETE OR UPDATE ON public.outreach_contactoutcome FOR EACH ROW EXECUTE FUNCTION public.outreach_outcome_stays();

CREATE TRIGGER outreach_override_begins BEFORE INSERT ON public.outreach_override FOR EACH ROW EXECUTE FUNCTION public.outreach_override_begins();

CREATE TRIGGER outreach_override_counts BEFORE INSERT OR UPDATE ON public.outreach_attempt FOR EACH ROW EXECUTE FUNCTION public.outreach_override_counts();

CREATE TRIGGER outreach_override_stays BEFORE DELETE OR UPDATE ON public.outreach_override FOR EACH ROW EXECUTE FUNCTION public.outreach_override_stays();

CREATE TRIGGER outreach_template_event_is_kept BEFORE DELETE OR UPDATE ON public.outreach_templateevent FOR EACH ROW EXECUTE FUNCTION public.outreach_template_event_refuse();

CREATE TRIGGER outreach_template_is_kept BEFORE INSERT OR DELETE OR UPDATE ON public.outreach_templateversion FOR EACH ROW EXECUTE FUNCTION public.outreach_template_guard();

CREATE TRIGGER outreach_visitstep_stays BEFORE DELETE OR UPDATE ON public.outreach_visitstep FOR EACH ROW EXECUTE FUNCTION public.outreach_visitstep_stays();

CREATE TRIGGER parties_consent_is_kept BEFORE DELETE OR UPDATE ON public.parties_consent FOR EACH ROW EXECUTE FUNCTION public.consent_refuse();

CREATE TRIGGER parties_retired_index_stays_out AFTER INSERT ON public.parties_party REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.parties_refuse_retired_index();

CREATE TRIGGER parties_retired_index_stays_out_later BEFORE UPDATE OF index_key ON public.parties_party FOR EACH ROW WHEN ((new.index_key IS DISTINCT FROM old.index_key)) EXECUTE FUNCTION public.parties_refuse_retired_index_row();

CREATE TRIGGER parties_retired_key_stays_out AFTER INSERT ON public.parties_party REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.parties_refuse_retired();

CREATE TRIGGER parties_retired_key_stays_out_later BEFORE UPDATE OF wrapped_key ON public.parties_party FOR EACH ROW WHEN ((new.wrapped_key IS DISTINCT FROM old.wrapped_key)) EXECUTE FUNCTION public.parties_refuse_retired_row();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN (((old.abort_requested = false) AND (new.abort_requested = true) AND (new.status = 'doing'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_notify_queue_abort_job_v1();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_notify_queue_job_inserted_v1();

CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.abort_requested = true)) EXECUTE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1();

CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_unlink_periodic_defers_v1();

CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER INSERT OR UPDATE ON public.procrastinate_jobs FOR EACH ROW WHEN (((new.scheduled_at IS NOT NULL) AND (new.status = 'todo'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1();

CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1();

CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_update_v1();

CREATE TRIGGER recordings_archived_stays BEFORE UPDATE ON public.recordings_recording FOR EACH ROW WHEN ((new.archived_count < old.archived_count)) EXECUTE FUNCTION public.recordings_archived_stays();

CREATE TRIGGER recordings_chunk_stays BEFORE DELETE OR UPDATE ON public.recordings_chunk FOR EACH ROW EXECUTE FUNCTION public.recordings_chunk_stays();

CREATE TRIGGER recordings_part_stays BEFORE DELETE OR UPDATE ON public.recordings_part FOR EACH ROW EXECUTE FUNCTION public.recordings_part_stays();

CREATE TRIGGER recordings_recording_stays BEFORE DELETE OR UPDATE ON public.recordings_recording FOR EACH ROW EXECUTE FUNCTION public.recordings_recording_stays();

CREATE TRIGGER strategy_publication_is_kept BEFORE DELETE OR UPDATE ON public.strategy_publication FOR EACH ROW EXECUTE FUNCTION public.strategy_refuse();

CREATE TRIGGER strategy_strategyevent_is_kept BEFORE DELETE OR UPDATE ON public.strategy_strategyevent FOR EACH ROW EXECUTE FUNCTION public.strategy_refuse();

CREATE TRIGGER strategy_strategyversion_is_kept BEFORE DELETE OR UPDATE ON public.strategy_strategyversion FOR EACH ROW EXECUTE FUNCTION public.strategy_refuse();

CREATE TRIGGER vault_hold_is_kept BEFORE UPDATE ON public.vault_legalhold FOR EACH ROW EXECUTE FUNCTION public.vault_hold_is_kept();

CREATE TRIGGER vault_hold_stays BEFORE DELETE ON public.vault_legalhold FOR EACH ROW EXECUTE FUNCTION public.vault_refuse();

CREATE TRIGGER vault_object_is_kept BEFORE UPDATE ON public.vault_storedobject FOR EACH ROW EXECUTE FUNCTION public.vault_object_is_kept();

CREATE TRIGGER vault_object_stays BEFORE DELETE ON public.vault_storedobject FOR EACH ROW EXECUTE FUNCTION public.vault_refuse();

CREATE TRIGGER vault_opened_stays BEFORE DELETE OR UPDATE ON public.vault_opening_objects_opened FOR EACH ROW EXECUTE FUNCTION public.vault_refuse();

CREATE TRIGGER vault_opening_is_kept BEFORE UPDATE ON public.vault_opening FOR EACH ROW EXECUTE FUNCTION public.vault_opening_is_kept();

CREATE TRIGGER vault_opening_stays BEFORE DELETE ON public.vault_opening FOR EACH ROW EXECUTE FUNCTION public.vault_refuse();

ALTER TABLE ONLY public.access_apitoken
    ADD CONSTRAINT access_apitoken_confirmed_by_id_86885bce_fk_access_user_id FOREIGN KEY (confirmed_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.access_apitoken
    ADD CONSTRAINT access_apitoken_user_id_9f3b952b_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.access_membership
    ADD CONSTRAINT access_membership_added_by_id_823f8187_fk_access_user_id FOREIGN KEY (added_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.access_membership
    ADD CONSTRAINT access_membership_ended_by_id_ad36b76b_fk_access_user_id FOREIGN KEY (ended_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.access_membership
    ADD CONSTRAINT access_membership_organisation_id_f4c4f883_fk_access_or FOREIGN KEY (organisation_id) REFERENCES public.access_organisation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.access_membership
    ADD CONSTRAINT access_membership_user_id_5bf62e16_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.access_organisation
    ADD CONSTRAINT access_organisation_parent_id_de402300_fk_access_or FOREIGN KEY (parent_id) REFERENCES public.access_organisation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.access_user_groups
    ADD CONSTRAINT access_user_groups_group_id_921debcc_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.access_user_groups
    ADD CONSTRAINT access_user_groups_user_id_4f105fa4_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.access_user_user_permissions
    ADD CONSTRAINT access_user_user_per_permission_id_76d8eb82_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.access_user_user_permissions
    ADD CONSTRAINT access_user_user_permissions_user_id_67074cbf_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_2c513194_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirm_email_address_id_5b7f8c58_fk_account_e FOREIGN KEY (email_address_id) REFERENCES public.account_emailaddress(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_batch
    ADD CONSTRAINT agencies_batch_agency_id_5ddba19d_fk_access_organisation_id FOREIGN KEY (agency_id) REFERENCES public.access_organisation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_batch
    ADD CONSTRAINT agencies_batch_placing_id_35281cfb_fk_agencies_placing_id FOREIGN KEY (placing_id) REFERENCES public.agencies_placing(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_contactlog
    ADD CONSTRAINT agencies_contactlog_agency_id_b1f43ecd_fk_access_or FOREIGN KEY (agency_id) REFERENCES public.access_organisation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_contactlog
    ADD CONSTRAINT agencies_contactlog_brought_by_id_629c30f1_fk_access_user_id FOREIGN KEY (brought_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_contactlogreject
    ADD CONSTRAINT agencies_contactlogr_log_id_23209454_fk_agencies_ FOREIGN KEY (log_id) REFERENCES public.agencies_contactlog(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_destroyedplacement
    ADD CONSTRAINT agencies_destroyedpl_destruction_id_6a75f128_fk_agencies_ FOREIGN KEY (destruction_id) REFERENCES public.agencies_destruction(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_destroyedplacement
    ADD CONSTRAINT agencies_destroyedpl_placement_id_3cd73b9a_fk_casework_ FOREIGN KEY (placement_id) REFERENCES public.casework_placement(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_destruction
    ADD CONSTRAINT agencies_destruction_agency_id_51f784b4_fk_access_or FOREIGN KEY (agency_id) REFERENCES public.access_organisation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_destruction
    ADD CONSTRAINT agencies_destruction_certificate_id_81cccd91_fk_vault_sto FOREIGN KEY (certificate_id) REFERENCES public.vault_storedobject(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_destruction
    ADD CONSTRAINT agencies_destruction_stated_by_id_1fe79ec3_fk_access_user_id FOREIGN KEY (stated_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_invoice
    ADD CONSTRAINT agencies_invoice_agency_id_341d20a1_fk_access_organisation_id FOREIGN KEY (agency_id) REFERENCES public.access_organisation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_invoice
    ADD CONSTRAINT agencies_invoice_brought_by_id_655ea577_fk_access_user_id FOREIGN KEY (brought_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_invoice
    ADD CONSTRAINT agencies_invoice_signed_by_id_87c2b6bb_fk_access_user_id FOREIGN KEY (signed_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_invoiceline
    ADD CONSTRAINT agencies_invoiceline_invoice_id_7e6396e4_fk_agencies_invoice_id FOREIGN KEY (invoice_id) REFERENCES public.agencies_invoice(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_invoicereject
    ADD CONSTRAINT agencies_invoicereje_invoice_id_ec8bdfb4_fk_agencies_ FOREIGN KEY (invoice_id) REFERENCES public.agencies_invoice(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_loggedcontact
    ADD CONSTRAINT agencies_loggedconta_agency_id_3c6fa071_fk_access_or FOREIGN KEY (agency_id) REFERENCES public.access_organisation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_loggedcontact
    ADD CONSTRAINT agencies_loggedconta_attempt_id_8105df3e_fk_outreach_ FOREIGN KEY (attempt_id) REFERENCES public.outreach_attempt(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_loggedcontact
    ADD CONSTRAINT agencies_loggedconta_log_id_d59853fc_fk_agencies_ FOREIGN KEY (log_id) REFERENCES public.agencies_contactlog(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_loggedcontact
    ADD CONSTRAINT agencies_loggedconta_outcome_id_c468a957_fk_outreach_ FOREIGN KEY (outcome_id) REFERENCES public.outreach_contactoutcome(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_loggedrecording
    ADD CONSTRAINT agencies_loggedrecor_contact_id_24c402a4_fk_agencies_ FOREIGN KEY (contact_id) REFERENCES public.agencies_loggedcontact(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_loggedrecording
    ADD CONSTRAINT agencies_loggedrecor_file_id_9c9d5431_fk_agencies_ FOREIGN KEY (file_id) REFERENCES public.agencies_recordingfile(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_loggedrecording
    ADD CONSTRAINT agencies_loggedrecor_stored_id_2d8df161_fk_vault_sto FOREIGN KEY (stored_id) REFERENCES public.vault_storedobject(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_placementstep
    ADD CONSTRAINT agencies_placementst_placement_id_012e6263_fk_casework_ FOREIGN KEY (placement_id) REFERENCES public.casework_placement(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_placementstep
    ADD CONSTRAINT agencies_placementstep_by_id_7a68d600_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_placing
    ADD CONSTRAINT agencies_placing_decided_by_id_8d7ed267_fk_access_user_id FOREIGN KEY (decided_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_placing
    ADD CONSTRAINT agencies_placing_made_by_id_cef737f9_fk_access_user_id FOREIGN KEY (made_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_placingline
    ADD CONSTRAINT agencies_placingline_batch_id_79bf4966_fk_agencies_batch_id FOREIGN KEY (batch_id) REFERENCES public.agencies_batch(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_placingline
    ADD CONSTRAINT agencies_placingline_placement_id_00098031_fk_casework_ FOREIGN KEY (placement_id) REFERENCES public.casework_placement(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_placingline
    ADD CONSTRAINT agencies_placingline_placing_id_1b5dc675_fk_agencies_placing_id FOREIGN KEY (placing_id) REFERENCES public.agencies_placing(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_recordingfile
    ADD CONSTRAINT agencies_recordingfi_agency_id_52bb7586_fk_access_or FOREIGN KEY (agency_id) REFERENCES public.access_organisation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_recordingfile
    ADD CONSTRAINT agencies_recordingfile_brought_by_id_1cef0e32_fk_access_user_id FOREIGN KEY (brought_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.agencies_recordingreject
    ADD CONSTRAINT agencies_recordingre_file_id_749d7eb1_fk_agencies_ FOREIGN KEY (file_id) REFERENCES public.agencies_recordingfile(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.alerts_alertmessage
    ADD CONSTRAINT alerts_alertmessage_made_by_id_7a011863_fk_access_user_id FOREIGN KEY (made_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.alerts_telling
    ADD CONSTRAINT alerts_telling_alert_id_d65cf71f_fk_alerts_alert_id FOREIGN KEY (alert_id) REFERENCES public.alerts_alert(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.alerts_telling
    ADD CONSTRAINT alerts_telling_message_id_04c73e3a_fk_alerts_alertmessage_id FOREIGN KEY (message_id) REFERENCES public.alerts_alertmessage(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT attempt_has_its_override FOREIGN KEY (override_id, case_id, party_id, channel, purpose, agency, template) REFERENCES public.outreach_override(id, case_id, party_id, channel, purpose, agency, template);

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT attempt_has_its_verdict FOREIGN KEY (verdict_id, gate_action, key, case_id, party_id, channel, at) REFERENCES public.conduct_verdictrecord(id, gate_action, attempt_key, case_id, party_id, channel, attempt_at);

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.axes_accessattemptexpiration
    ADD CONSTRAINT axes_accessattemptex_access_attempt_id_6b73a47a_fk_axes_acce FOREIGN KEY (access_attempt_id) REFERENCES public.axes_accessattempt(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.bundles_preparedbundle
    ADD CONSTRAINT bundles_preparedbundle_by_id_a140d0e0_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.bundles_preparedbundle
    ADD CONSTRAINT bundles_preparedbundle_case_id_27e8cf67_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_absence
    ADD CONSTRAINT casework_absence_added_by_id_bf5bd276_fk_access_user_id FOREIGN KEY (added_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_absence
    ADD CONSTRAINT casework_absence_user_id_29976d12_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_asked
    ADD CONSTRAINT casework_asked_by_id_d86e0ec5_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_case
    ADD CONSTRAINT casework_case_assignee_id_de84f58a_fk_access_user_id FOREIGN KEY (assignee_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_case
    ADD CONSTRAINT casework_case_party_id_23822304_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_case
    ADD CONSTRAINT casework_case_strategy_id_70b938c7_fk_strategy_ FOREIGN KEY (strategy_id) REFERENCES public.strategy_strategyversion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_caseevent
    ADD CONSTRAINT casework_caseevent_actor_id_463cc22d_fk_access_user_id FOREIGN KEY (actor_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_caseevent
    ADD CONSTRAINT casework_caseevent_case_id_46aaa1c4_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_dayplan
    ADD CONSTRAINT casework_dayplan_user_id_de5391f4_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_desk
    ADD CONSTRAINT casework_desk_user_id_b9cb3fbb_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_heldtogether
    ADD CONSTRAINT casework_heldtogethe_order_id_2bf8da32_fk_casework_ FOREIGN KEY (order_id) REFERENCES public.casework_holdingtogether(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_heldtogether
    ADD CONSTRAINT casework_heldtogether_case_id_d01f3356_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_heldtogether
    ADD CONSTRAINT casework_heldtogether_hold_id_873cb3af_fk_casework_hold_id FOREIGN KEY (hold_id) REFERENCES public.casework_hold(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_heldtogether
    ADD CONSTRAINT casework_heldtogether_party_id_ceea9bb8_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_hold
    ADD CONSTRAINT casework_hold_case_id_24d79f53_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_hold
    ADD CONSTRAINT casework_hold_party_id_09db32f3_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_hold
    ADD CONSTRAINT casework_hold_placed_by_id_c031a709_fk_access_user_id FOREIGN KEY (placed_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_holdingtogether
    ADD CONSTRAINT casework_holdingtogether_asked_by_id_272f031c_fk_access_user_id FOREIGN KEY (asked_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_holdingtogether
    ADD CONSTRAINT casework_holdingtogether_lift_by_id_2d6d6cb0_fk_access_user_id FOREIGN KEY (lift_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_holdstep
    ADD CONSTRAINT casework_holdstep_by_id_7ba43af4_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_holdstep
    ADD CONSTRAINT casework_holdstep_hold_id_74fa8402_fk_casework_hold_id FOREIGN KEY (hold_id) REFERENCES public.casework_hold(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_move
    ADD CONSTRAINT casework_move_by_id_e5e76eac_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_move
    ADD CONSTRAINT casework_move_to_id_a8255307_fk_access_user_id FOREIGN KEY (to_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_move
    ADD CONSTRAINT casework_move_undone_by_id_57f7e771_fk_access_user_id FOREIGN KEY (undone_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_movedcase
    ADD CONSTRAINT casework_movedcase_after_id_108a8769_fk_access_user_id FOREIGN KEY (after_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_movedcase
    ADD CONSTRAINT casework_movedcase_before_id_42d740b3_fk_access_user_id FOREIGN KEY (before_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_movedcase
    ADD CONSTRAINT casework_movedcase_case_id_9f1b6e8d_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_movedcase
    ADD CONSTRAINT casework_movedcase_move_id_6c2cb501_fk_casework_move_id FOREIGN KEY (move_id) REFERENCES public.casework_move(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_placement
    ADD CONSTRAINT casework_placement_agency_id_d1d86e99_fk_access_organisation_id FOREIGN KEY (agency_id) REFERENCES public.access_organisation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_placement
    ADD CONSTRAINT casework_placement_placed_by_id_eb5e1d95_fk_access_user_id FOREIGN KEY (placed_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_placement
    ADD CONSTRAINT casework_placement_recalled_by_id_2d647c91_fk_access_user_id FOREIGN KEY (recalled_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_plannedaction
    ADD CONSTRAINT casework_plannedacti_part_id_1b4750ce_fk_casework_ FOREIGN KEY (part_id) REFERENCES public.casework_promisepart(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_plannedaction
    ADD CONSTRAINT casework_plannedaction_case_id_79f628e7_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_promise
    ADD CONSTRAINT casework_promise_case_id_f7656f9f_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_promise
    ADD CONSTRAINT casework_promise_made_by_id_a3affa98_fk_access_user_id FOREIGN KEY (made_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_promise
    ADD CONSTRAINT casework_promise_party_id_2e78de96_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_promise
    ADD CONSTRAINT casework_promise_strategy_id_f40c5209_fk_strategy_ FOREIGN KEY (strategy_id) REFERENCES public.strategy_strategyversion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_promisepart
    ADD CONSTRAINT casework_promisepart_promise_id_c4283e10_fk_casework_promise_id FOREIGN KEY (promise_id) REFERENCES public.casework_promise(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_ruling
    ADD CONSTRAINT casework_ruling_ended_by_id_7117b68b_fk_access_user_id FOREIGN KEY (ended_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_ruling
    ADD CONSTRAINT casework_ruling_party_id_500f808c_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_ruling
    ADD CONSTRAINT casework_ruling_placed_by_id_6e5254e9_fk_access_user_id FOREIGN KEY (placed_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_showing
    ADD CONSTRAINT casework_showing_case_id_606f38cc_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.casework_showing
    ADD CONSTRAINT casework_showing_user_id_0a8a1419_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_complaint
    ADD CONSTRAINT conduct_complaint_assigned_to_id_2df37af6_fk_access_user_id FOREIGN KEY (assigned_to_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_complaint
    ADD CONSTRAINT conduct_complaint_case_id_0e06ed64_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_complaint
    ADD CONSTRAINT conduct_complaint_collector_id_62383b71_fk_access_user_id FOREIGN KEY (collector_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_complaint
    ADD CONSTRAINT conduct_complaint_contact_id_aaadeefc_fk_conduct_v FOREIGN KEY (contact_id) REFERENCES public.conduct_verdictrecord(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_complaint
    ADD CONSTRAINT conduct_complaint_hold_id_58062178_fk_casework_hold_id FOREIGN KEY (hold_id) REFERENCES public.casework_hold(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_complaint
    ADD CONSTRAINT conduct_complaint_party_id_c7b583a3_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_complaintstep
    ADD CONSTRAINT conduct_complaintste_complaint_id_f4a27358_fk_conduct_c FOREIGN KEY (complaint_id) REFERENCES public.conduct_complaint(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_complaintstep
    ADD CONSTRAINT conduct_complaintstep_by_id_c1e9dbc1_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_dispute
    ADD CONSTRAINT conduct_dispute_assigned_to_id_a2f9642b_fk_access_user_id FOREIGN KEY (assigned_to_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_dispute
    ADD CONSTRAINT conduct_dispute_case_id_9ccc2505_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_dispute
    ADD CONSTRAINT conduct_dispute_party_id_c7923df0_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_dispute
    ADD CONSTRAINT conduct_dispute_registered_by_id_972e5a0d_fk_access_user_id FOREIGN KEY (registered_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_disputedloan
    ADD CONSTRAINT conduct_disputedloan_case_id_9993dd47_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_disputedloan
    ADD CONSTRAINT conduct_disputedloan_dispute_id_8d1764e9_fk_conduct_dispute_id FOREIGN KEY (dispute_id) REFERENCES public.conduct_dispute(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_disputedloan
    ADD CONSTRAINT conduct_disputedloan_hold_id_c4772724_fk_casework_hold_id FOREIGN KEY (hold_id) REFERENCES public.casework_hold(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_disputedocument
    ADD CONSTRAINT conduct_disputedocum_attached_by_id_31aa75b2_fk_access_us FOREIGN KEY (attached_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_disputedocument
    ADD CONSTRAINT conduct_disputedocum_dispute_id_9c5232a1_fk_conduct_d FOREIGN KEY (dispute_id) REFERENCES public.conduct_dispute(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_disputedocument
    ADD CONSTRAINT conduct_disputedocum_stored_id_616c7d3c_fk_vault_sto FOREIGN KEY (stored_id) REFERENCES public.vault_storedobject(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_disputestep
    ADD CONSTRAINT conduct_disputestep_by_id_5d2d4139_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_disputestep
    ADD CONSTRAINT conduct_disputestep_dispute_id_ea2a3560_fk_conduct_dispute_id FOREIGN KEY (dispute_id) REFERENCES public.conduct_dispute(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_donotcontact
    ADD CONSTRAINT conduct_donotcontact_added_by_id_760ea2b4_fk_access_user_id FOREIGN KEY (added_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_donotcontact
    ADD CONSTRAINT conduct_donotcontact_lifted_by_id_21416ca4_fk_access_user_id FOREIGN KEY (lifted_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_donotcontact
    ADD CONSTRAINT conduct_donotcontact_party_id_30ca2185_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_flaggednote
    ADD CONSTRAINT conduct_flaggednote_note_id_14eba924_fk_casework_caseevent_id FOREIGN KEY (note_id) REFERENCES public.casework_caseevent(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_flaggednote
    ADD CONSTRAINT conduct_flaggednote_reviewed_by_id_cae89a5f_fk_access_user_id FOREIGN KEY (reviewed_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_industrylist
    ADD CONSTRAINT conduct_industrylist_ended_by_id_6b484b28_fk_access_user_id FOREIGN KEY (ended_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_industrylist
    ADD CONSTRAINT conduct_industrylist_imported_by_id_8b81ea08_fk_access_user_id FOREIGN KEY (imported_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_listupload
    ADD CONSTRAINT conduct_listupload_by_id_e02d599b_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_listupload
    ADD CONSTRAINT conduct_listupload_result_id_52abcb87_fk_conduct_i FOREIGN KEY (result_id) REFERENCES public.conduct_industrylist(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_mandate
    ADD CONSTRAINT conduct_mandate_ended_by_id_4b0f1085_fk_access_user_id FOREIGN KEY (ended_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_mandate
    ADD CONSTRAINT conduct_mandate_given_by_id_ed1dc3bf_fk_access_user_id FOREIGN KEY (given_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_rejectedlisting
    ADD CONSTRAINT conduct_rejectedlist_list_id_dcfe0cbd_fk_conduct_i FOREIGN KEY (list_id) REFERENCES public.conduct_industrylist(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_verdictrecord
    ADD CONSTRAINT conduct_verdictrecord_case_id_4c7352a6_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.conduct_verdictrecord
    ADD CONSTRAINT conduct_verdictrecord_party_id_1d34497e_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.dayrun_dayrun
    ADD CONSTRAINT dayrun_dayrun_snapshot_id_7f3e74be_fk_portfolio_snapshot_id FOREIGN KEY (snapshot_id) REFERENCES public.portfolio_snapshot(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.dayrun_dayrun
    ADD CONSTRAINT dayrun_dayrun_strategy_id_f49a0166_fk_strategy_ FOREIGN KEY (strategy_id) REFERENCES public.strategy_strategyversion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.dayrun_dayrun
    ADD CONSTRAINT dayrun_dayrun_warning_id_518fea01_fk_strategy_ FOREIGN KEY (warning_id) REFERENCES public.strategy_strategyversion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.dayrun_daystep
    ADD CONSTRAINT dayrun_daystep_run_id_71187b4a_fk_dayrun_dayrun_id FOREIGN KEY (run_id) REFERENCES public.dayrun_dayrun(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.dayrun_stripestep
    ADD CONSTRAINT dayrun_stripestep_run_id_e0b14b96_fk_dayrun_dayrun_id FOREIGN KEY (run_id) REFERENCES public.dayrun_dayrun(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.exchange_rejectedrow
    ADD CONSTRAINT exchange_rejectedrow_resolved_by_id_7f2ae81b_fk_exchange_ FOREIGN KEY (resolved_by_id) REFERENCES public.exchange_tapeimport(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.exchange_rejectedrow
    ADD CONSTRAINT exchange_rejectedrow_tape_id_b85cbd88_fk_exchange_tapeimport_id FOREIGN KEY (tape_id) REFERENCES public.exchange_tapeimport(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.exchange_tapeimport
    ADD CONSTRAINT exchange_tapeimport_imported_by_id_ab279d2e_fk_access_user_id FOREIGN KEY (imported_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.experiments_arm
    ADD CONSTRAINT experiments_arm_experiment_id_31e3cf58_fk_experimen FOREIGN KEY (experiment_id) REFERENCES public.experiments_experiment(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.experiments_arm
    ADD CONSTRAINT experiments_arm_strategy_id_18eab0fd_fk_strategy_ FOREIGN KEY (strategy_id) REFERENCES public.strategy_strategyversion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.experiments_enrolment
    ADD CONSTRAINT experiments_enrolmen_experiment_id_5e094aae_fk_experimen FOREIGN KEY (experiment_id) REFERENCES public.experiments_experiment(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.experiments_enrolment
    ADD CONSTRAINT experiments_enrolment_arm_id_d5032191_fk_experiments_arm_id FOREIGN KEY (arm_id) REFERENCES public.experiments_arm(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.experiments_experiment
    ADD CONSTRAINT experiments_experime_proposed_by_id_c2d9b54f_fk_access_us FOREIGN KEY (proposed_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.experiments_experiment
    ADD CONSTRAINT experiments_experiment_planned_by_id_0292518a_fk_access_user_id FOREIGN KEY (planned_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.experiments_experiment
    ADD CONSTRAINT experiments_experiment_winner_id_dcbab08c_fk_experiments_arm_id FOREIGN KEY (winner_id) REFERENCES public.experiments_arm(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.experiments_figure
    ADD CONSTRAINT experiments_figure_arm_id_6e94e760_fk_experiments_arm_id FOREIGN KEY (arm_id) REFERENCES public.experiments_arm(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.mfa_authenticator
    ADD CONSTRAINT mfa_authenticator_user_id_0c3a50c0_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.notices_notice
    ADD CONSTRAINT notices_notice_by_id_a4882b57_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.notices_notice
    ADD CONSTRAINT notices_notice_user_id_62c74e71_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.notices_preference
    ADD CONSTRAINT notices_preference_user_id_aec1a24f_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.notices_staffmessage
    ADD CONSTRAINT notices_staffmessage_notice_id_d5bf4cc2_fk_notices_notice_id FOREIGN KEY (notice_id) REFERENCES public.notices_notice(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT outreach_attempt_action_id_0dbd7621_fk_casework_ FOREIGN KEY (action_id) REFERENCES public.casework_plannedaction(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT outreach_attempt_arm_id_7be90793_fk_experiments_arm_id FOREIGN KEY (arm_id) REFERENCES public.experiments_arm(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT outreach_attempt_case_id_56f26188_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT outreach_attempt_contact_point_id_ee3e5bac_fk_parties_c FOREIGN KEY (contact_point_id) REFERENCES public.parties_contactpoint(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT outreach_attempt_made_by_id_4211f206_fk_access_user_id FOREIGN KEY (made_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT outreach_attempt_override_id_c7e59ddd_fk_outreach_override_id FOREIGN KEY (override_id) REFERENCES public.outreach_override(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT outreach_attempt_party_id_b5e7f97d_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_attempt
    ADD CONSTRAINT outreach_attempt_verdict_id_fcb5a257_fk_conduct_v FOREIGN KEY (verdict_id) REFERENCES public.conduct_verdictrecord(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_breach
    ADD CONSTRAINT outreach_breach_attempt_id_c1adefe8_fk_outreach_attempt_id FOREIGN KEY (attempt_id) REFERENCES public.outreach_attempt(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_contactoutcome
    ADD CONSTRAINT outreach_contactoutc_attempt_id_0b21a044_fk_outreach_ FOREIGN KEY (attempt_id) REFERENCES public.outreach_attempt(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_contactoutcome
    ADD CONSTRAINT outreach_contactoutc_party_id_1f89049b_fk_parties_p FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_contactoutcome
    ADD CONSTRAINT outreach_contactoutcome_case_id_18814d49_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_contactoutcome
    ADD CONSTRAINT outreach_contactoutcome_told_by_id_207f41b2_fk_access_user_id FOREIGN KEY (told_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_delivery
    ADD CONSTRAINT outreach_delivery_attempt_id_fc9739d0_fk_outreach_attempt_id FOREIGN KEY (attempt_id) REFERENCES public.outreach_attempt(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_delivery
    ADD CONSTRAINT outreach_delivery_closed_by_id_50b3e458_fk_access_user_id FOREIGN KEY (closed_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_delivery
    ADD CONSTRAINT outreach_delivery_replaced_by_id_4ee4da76_fk_outreach_ FOREIGN KEY (replaced_by_id) REFERENCES public.outreach_attempt(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_fieldvisit
    ADD CONSTRAINT outreach_fieldvisit_attempt_id_f4ee7263_fk_outreach_attempt_id FOREIGN KEY (attempt_id) REFERENCES public.outreach_attempt(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_fieldvisit
    ADD CONSTRAINT outreach_fieldvisit_case_id_a772c65a_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_fieldvisit
    ADD CONSTRAINT outreach_fieldvisit_checked_in_by_id_393d2351_fk_access_user_id FOREIGN KEY (checked_in_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_fieldvisit
    ADD CONSTRAINT outreach_fieldvisit_first_id_33783ded_fk_access_user_id FOREIGN KEY (first_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_fieldvisit
    ADD CONSTRAINT outreach_fieldvisit_joined_by_id_4f2b9249_fk_access_user_id FOREIGN KEY (joined_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_fieldvisit
    ADD CONSTRAINT outreach_fieldvisit_second_id_695f8342_fk_access_user_id FOREIGN KEY (second_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_letteragain
    ADD CONSTRAINT outreach_letteragain_delivery_id_98079c1c_fk_outreach_ FOREIGN KEY (delivery_id) REFERENCES public.outreach_delivery(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_letteragain
    ADD CONSTRAINT outreach_letteragain_order_id_8e3a30da_fk_outreach_ FOREIGN KEY (order_id) REFERENCES public.outreach_sendingagain(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_letterbatch
    ADD CONSTRAINT outreach_letterbatch_made_by_id_d9bc89ea_fk_access_user_id FOREIGN KEY (made_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_letterstatusfile
    ADD CONSTRAINT outreach_letterstatu_brought_by_id_932e2c65_fk_access_us FOREIGN KEY (brought_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_letterstatusreject
    ADD CONSTRAINT outreach_letterstatu_file_id_e8afe0c7_fk_outreach_ FOREIGN KEY (file_id) REFERENCES public.outreach_letterstatusfile(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_mailattachment
    ADD CONSTRAINT outreach_mailattachm_mail_id_3eb5f433_fk_outreach_ FOREIGN KEY (mail_id) REFERENCES public.outreach_receivedmail(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_mailattachment
    ADD CONSTRAINT outreach_mailattachm_stored_id_15242119_fk_vault_sto FOREIGN KEY (stored_id) REFERENCES public.vault_storedobject(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_mailattachment
    ADD CONSTRAINT outreach_mailattachm_unknown_id_a467edac_fk_outreach_ FOREIGN KEY (unknown_id) REFERENCES public.outreach_unknowntext(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_mailattachment
    ADD CONSTRAINT outreach_mailattachment_case_id_b50beed7_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_opening
    ADD CONSTRAINT outreach_opening_action_id_c3de2b1f_fk_casework_ FOREIGN KEY (action_id) REFERENCES public.casework_plannedaction(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_opening
    ADD CONSTRAINT outreach_opening_pacing_id_9508e38b_fk_outreach_pacing_id FOREIGN KEY (pacing_id) REFERENCES public.outreach_pacing(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_override
    ADD CONSTRAINT outreach_override_asked_by_id_460750e0_fk_access_user_id FOREIGN KEY (asked_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_override
    ADD CONSTRAINT outreach_override_case_id_fa6c22f2_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_override
    ADD CONSTRAINT outreach_override_decided_by_id_ca6061e1_fk_access_user_id FOREIGN KEY (decided_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_override
    ADD CONSTRAINT outreach_override_party_id_90485dbf_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_override
    ADD CONSTRAINT outreach_override_stopped_id_dd9da649_fk_outreach_attempt_id FOREIGN KEY (stopped_id) REFERENCES public.outreach_attempt(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_portalmessage
    ADD CONSTRAINT outreach_portalmessa_attempt_id_4e2bcc6b_fk_outreach_ FOREIGN KEY (attempt_id) REFERENCES public.outreach_attempt(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_portalmessage
    ADD CONSTRAINT outreach_portalmessa_withdrawn_by_id_6e61d6b7_fk_access_us FOREIGN KEY (withdrawn_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_portalmessage
    ADD CONSTRAINT outreach_portalmessage_case_id_a06aaf09_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_portalmessage
    ADD CONSTRAINT outreach_portalmessage_party_id_bd530e72_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_printedletter
    ADD CONSTRAINT outreach_printedlett_batch_id_9ce37f12_fk_outreach_ FOREIGN KEY (batch_id) REFERENCES public.outreach_letterbatch(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_printedletter
    ADD CONSTRAINT outreach_printedlett_delivery_id_a7486a41_fk_outreach_ FOREIGN KEY (delivery_id) REFERENCES public.outreach_delivery(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_printedletter
    ADD CONSTRAINT outreach_printedlett_file_id_2c6ae144_fk_vault_sto FOREIGN KEY (file_id) REFERENCES public.vault_storedobject(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_receipt
    ADD CONSTRAINT outreach_receipt_delivery_id_a062a299_fk_outreach_delivery_id FOREIGN KEY (delivery_id) REFERENCES public.outreach_delivery(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_receivedmail
    ADD CONSTRAINT outreach_receivedmai_delivery_id_a96cdfa6_fk_outreach_ FOREIGN KEY (delivery_id) REFERENCES public.outreach_delivery(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_sendingagain
    ADD CONSTRAINT outreach_sendingagain_asked_by_id_97c48f50_fk_access_user_id FOREIGN KEY (asked_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_sendingagain
    ADD CONSTRAINT outreach_sendingagain_stopped_by_id_a4806897_fk_access_user_id FOREIGN KEY (stopped_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_templateevent
    ADD CONSTRAINT outreach_templateeve_template_id_e6b1d305_fk_outreach_ FOREIGN KEY (template_id) REFERENCES public.outreach_templateversion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_templateevent
    ADD CONSTRAINT outreach_templateevent_by_id_19936751_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_templateversion
    ADD CONSTRAINT outreach_templatever_approved_by_id_826747eb_fk_access_us FOREIGN KEY (approved_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_templateversion
    ADD CONSTRAINT outreach_templatever_base_id_d9e820f4_fk_outreach_ FOREIGN KEY (base_id) REFERENCES public.outreach_templateversion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_templateversion
    ADD CONSTRAINT outreach_templatever_proposed_by_id_da4cf591_fk_access_us FOREIGN KEY (proposed_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_templateversion
    ADD CONSTRAINT outreach_templateversion_author_id_a5e0a707_fk_access_user_id FOREIGN KEY (author_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_unknowntext
    ADD CONSTRAINT outreach_unknowntext_case_id_294137df_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_unknowntext
    ADD CONSTRAINT outreach_unknowntext_settled_by_id_133684e5_fk_access_user_id FOREIGN KEY (settled_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_visitstep
    ADD CONSTRAINT outreach_visitstep_by_id_ff4eeae0_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_visitstep
    ADD CONSTRAINT outreach_visitstep_stored_id_9214ea84_fk_vault_sto FOREIGN KEY (stored_id) REFERENCES public.vault_storedobject(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_visitstep
    ADD CONSTRAINT outreach_visitstep_visit_id_d541500c_fk_outreach_fieldvisit_id FOREIGN KEY (visit_id) REFERENCES public.outreach_fieldvisit(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.outreach_override
    ADD CONSTRAINT override_of_its_attempt FOREIGN KEY (stopped_id, gate_action, case_id, party_id, channel, purpose, agency, template) REFERENCES public.outreach_attempt(id, gate_action, case_id, party_id, channel, purpose, agency, template);

ALTER TABLE ONLY public.parties_consent
    ADD CONSTRAINT parties_consent_party_id_5671a697_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.parties_consent
    ADD CONSTRAINT parties_consent_recorded_by_id_bca9d6fb_fk_access_user_id FOREIGN KEY (recorded_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.parties_contactpoint
    ADD CONSTRAINT parties_contactpoint_party_id_484e083f_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.parties_correction
    ADD CONSTRAINT parties_correction_by_id_9b1ebaf4_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.parties_correction
    ADD CONSTRAINT parties_correction_party_id_3c1843c7_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.parties_damagedkey
    ADD CONSTRAINT parties_damagedkey_party_id_d0dab56e_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.parties_loanparty
    ADD CONSTRAINT parties_loanparty_party_id_9a97cfab_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.parties_party
    ADD CONSTRAINT parties_party_erased_by_id_342a4097_fk_access_user_id FOREIGN KEY (erased_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.parties_sealedwords
    ADD CONSTRAINT parties_sealedwords_party_id_f406c136_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.parties_unmasking
    ADD CONSTRAINT parties_unmasking_by_id_c3580c96_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.parties_unmasking
    ADD CONSTRAINT parties_unmasking_party_id_3dfc9c5f_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.procrastinate_workers(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id);

ALTER TABLE ONLY public.recordings_chunk
    ADD CONSTRAINT recordings_chunk_recording_id_59b55095_fk_recording FOREIGN KEY (recording_id) REFERENCES public.recordings_recording(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.recordings_duerecording
    ADD CONSTRAINT recordings_duerecord_attempt_id_48526462_fk_outreach_ FOREIGN KEY (attempt_id) REFERENCES public.outreach_attempt(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.recordings_duerecording
    ADD CONSTRAINT recordings_duerecording_case_id_0b1ed6e0_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.recordings_duerecording
    ADD CONSTRAINT recordings_duerecording_staff_id_b2ec5805_fk_access_user_id FOREIGN KEY (staff_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.recordings_part
    ADD CONSTRAINT recordings_part_recording_id_3a7f5a58_fk_recording FOREIGN KEY (recording_id) REFERENCES public.recordings_recording(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.recordings_part
    ADD CONSTRAINT recordings_part_stored_id_fb411e8d_fk_vault_storedobject_token FOREIGN KEY (stored_id) REFERENCES public.vault_storedobject(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.recordings_playback
    ADD CONSTRAINT recordings_playback_by_id_6526ca22_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.recordings_playback
    ADD CONSTRAINT recordings_playback_recording_id_027297d3_fk_recording FOREIGN KEY (recording_id) REFERENCES public.recordings_recording(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.recordings_recordedcontact
    ADD CONSTRAINT recordings_recordedc_attempt_id_de3e8fa0_fk_outreach_ FOREIGN KEY (attempt_id) REFERENCES public.outreach_attempt(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.recordings_recordedcontact
    ADD CONSTRAINT recordings_recordedc_recording_id_00d06a6d_fk_recording FOREIGN KEY (recording_id) REFERENCES public.recordings_recording(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.recordings_recording
    ADD CONSTRAINT recordings_recording_case_id_ec5aad12_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.recordings_recording
    ADD CONSTRAINT recordings_recording_key_party_id_878503f2_fk_parties_p FOREIGN KEY (key_party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.recordings_recording
    ADD CONSTRAINT recordings_recording_staff_id_33a540ca_fk_access_user_id FOREIGN KEY (staff_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.reports_reportmail
    ADD CONSTRAINT reports_reportmail_run_id_9fa10fee_fk_reports_reportrun_id FOREIGN KEY (run_id) REFERENCES public.reports_reportrun(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.reports_reportmail
    ADD CONSTRAINT reports_reportmail_user_id_1ed1dab6_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.reports_reportrun
    ADD CONSTRAINT reports_reportrun_asked_by_id_e130459e_fk_access_user_id FOREIGN KEY (asked_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.reports_reportrun
    ADD CONSTRAINT reports_reportrun_schedule_id_c5ed8986_fk_reports_r FOREIGN KEY (schedule_id) REFERENCES public.reports_reportschedule(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.reports_reportschedule_recipients
    ADD CONSTRAINT reports_reportschedu_reportschedule_id_2705078c_fk_reports_r FOREIGN KEY (reportschedule_id) REFERENCES public.reports_reportschedule(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.reports_reportschedule_recipients
    ADD CONSTRAINT reports_reportschedu_user_id_db7f44a7_fk_access_us FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.reports_reportschedule
    ADD CONSTRAINT reports_reportschedule_made_by_id_500481a1_fk_access_user_id FOREIGN KEY (made_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.rights_contesteddecision
    ADD CONSTRAINT rights_contesteddeci_request_id_01c1ba7c_fk_rights_ri FOREIGN KEY (request_id) REFERENCES public.rights_rightsrequest(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.rights_contesteddecision
    ADD CONSTRAINT rights_contesteddeci_strategy_id_c892ccc0_fk_strategy_ FOREIGN KEY (strategy_id) REFERENCES public.strategy_strategyversion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.rights_contesteddecision
    ADD CONSTRAINT rights_contesteddecision_case_id_e466e388_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.rights_rightsrequest
    ADD CONSTRAINT rights_rightsrequest_case_id_a5dfa118_fk_casework_case_id FOREIGN KEY (case_id) REFERENCES public.casework_case(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.rights_rightsrequest
    ADD CONSTRAINT rights_rightsrequest_decided_by_id_2c01d86b_fk_access_user_id FOREIGN KEY (decided_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.rights_rightsrequest
    ADD CONSTRAINT rights_rightsrequest_party_id_3503c5d2_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.rights_rightsrequest
    ADD CONSTRAINT rights_rightsrequest_proposed_by_id_b44d20d3_fk_access_user_id FOREIGN KEY (proposed_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.rights_rightsrequest
    ADD CONSTRAINT rights_rightsrequest_registered_by_id_84e8061f_fk_access_us FOREIGN KEY (registered_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.rights_rightsstep
    ADD CONSTRAINT rights_rightsstep_by_id_bc62b50a_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.rights_rightsstep
    ADD CONSTRAINT rights_rightsstep_request_id_e14e20ec_fk_rights_ri FOREIGN KEY (request_id) REFERENCES public.rights_rightsrequest(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.savedviews_savedview
    ADD CONSTRAINT savedviews_savedview_owner_id_ec5a712a_fk_access_user_id FOREIGN KEY (owner_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.savedviews_savedview
    ADD CONSTRAINT savedviews_savedview_shared_with_id_2a2c0168_fk_access_or FOREIGN KEY (shared_with_id) REFERENCES public.access_organisation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.signin_invitation
    ADD CONSTRAINT signin_invitation_made_by_id_9c4ff594_fk_access_user_id FOREIGN KEY (made_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.signin_invitation
    ADD CONSTRAINT signin_invitation_user_id_1ac9333b_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.signin_proposal
    ADD CONSTRAINT signin_proposal_asked_by_id_77596f33_fk_access_user_id FOREIGN KEY (asked_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.signin_proposal
    ADD CONSTRAINT signin_proposal_decided_by_id_b974f6cd_fk_access_user_id FOREIGN KEY (decided_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.signin_proposal
    ADD CONSTRAINT signin_proposal_subject_id_12a5de3d_fk_access_user_id FOREIGN KEY (subject_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.signin_staffsession
    ADD CONSTRAINT signin_staffsession_user_id_95fdecb1_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.simulation_simulation
    ADD CONSTRAINT simulation_simulation_asked_by_id_e91f8617_fk_access_user_id FOREIGN KEY (asked_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.socialaccount_socialtoken
    ADD CONSTRAINT socialaccount_social_account_id_951f210e_fk_socialacc FOREIGN KEY (account_id) REFERENCES public.socialaccount_socialaccount(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.socialaccount_socialtoken
    ADD CONSTRAINT socialaccount_social_app_id_636a42d7_fk_socialacc FOREIGN KEY (app_id) REFERENCES public.socialaccount_socialapp(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.socialaccount_socialaccount
    ADD CONSTRAINT socialaccount_socialaccount_user_id_8146e70c_fk_access_user_id FOREIGN KEY (user_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.strategy_draft
    ADD CONSTRAINT strategy_draft_author_id_25c6e51b_fk_access_user_id FOREIGN KEY (author_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.strategy_draft
    ADD CONSTRAINT strategy_draft_base_id_20891012_fk_strategy_strategyversion_id FOREIGN KEY (base_id) REFERENCES public.strategy_strategyversion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.strategy_draft
    ADD CONSTRAINT strategy_draft_submitted_by_id_7f92446d_fk_access_user_id FOREIGN KEY (submitted_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.strategy_draft
    ADD CONSTRAINT strategy_draft_version_id_f49f3ad7_fk_strategy_ FOREIGN KEY (version_id) REFERENCES public.strategy_strategyversion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.strategy_publication
    ADD CONSTRAINT strategy_publication_approved_by_id_6d4e78df_fk_access_user_id FOREIGN KEY (approved_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.strategy_publication
    ADD CONSTRAINT strategy_publication_proposed_by_id_7ce2a125_fk_access_user_id FOREIGN KEY (proposed_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.strategy_publication
    ADD CONSTRAINT strategy_publication_version_id_a2353553_fk_strategy_ FOREIGN KEY (version_id) REFERENCES public.strategy_strategyversion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.strategy_strategyevent
    ADD CONSTRAINT strategy_strategyeve_version_id_b1cdc336_fk_strategy_ FOREIGN KEY (version_id) REFERENCES public.strategy_strategyversion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.strategy_strategyevent
    ADD CONSTRAINT strategy_strategyevent_by_id_f3623244_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.strategy_strategyevent
    ADD CONSTRAINT strategy_strategyevent_draft_id_aa41aaf3_fk_strategy_draft_id FOREIGN KEY (draft_id) REFERENCES public.strategy_draft(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.vault_legalhold
    ADD CONSTRAINT vault_legalhold_asked_by_id_b1ba4a40_fk_access_user_id FOREIGN KEY (asked_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.vault_legalhold
    ADD CONSTRAINT vault_legalhold_lifted_by_id_bccd79b9_fk_access_user_id FOREIGN KEY (lifted_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.vault_legalhold
    ADD CONSTRAINT vault_legalhold_placed_by_id_28b17f2c_fk_access_user_id FOREIGN KEY (placed_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.vault_legalhold
    ADD CONSTRAINT vault_legalhold_stored_id_7e1aae16_fk_vault_storedobject_token FOREIGN KEY (stored_id) REFERENCES public.vault_storedobject(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.vault_opening
    ADD CONSTRAINT vault_opening_by_id_7939f307_fk_access_user_id FOREIGN KEY (by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.vault_opening_objects_opened
    ADD CONSTRAINT vault_opening_object_opening_id_e24bb005_fk_vault_ope FOREIGN KEY (opening_id) REFERENCES public.vault_opening(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.vault_opening_objects_opened
    ADD CONSTRAINT vault_opening_object_storedobject_id_273df474_fk_vault_sto FOREIGN KEY (storedobject_id) REFERENCES public.vault_storedobject(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.vault_storedobject
    ADD CONSTRAINT vault_storedobject_created_by_id_611e50f7_fk_access_user_id FOREIGN KEY (created_by_id) REFERENCES public.access_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.vault_storedobject
    ADD CONSTRAINT vault_storedobject_party_id_5809b97f_fk_parties_party_token FOREIGN KEY (party_id) REFERENCES public.parties_party(token) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.warning_levelchange
    ADD CONSTRAINT warning_levelchange_watched_id_72b582fe_fk_warning_w FOREIGN KEY (watched_id) REFERENCES public.warning_watchedloan(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.warning_watchedloan
    ADD CONSTRAINT warning_watchedloan_strategy_id_2e92f037_fk_strategy_ FOREIGN KEY (strategy_id) REFERENCES public.strategy_strategyversion(id) DEFERRABLE INITIALLY DEFERRED;

INSERT INTO public.django_migrations (app, name, applied) VALUES
('access', '0001_initial', now()),
('access', '0002_organisations', now()),
('access', '0003_token_scopes', now()),
('access', '0004_people', now()),
('access', '0005_storeys', now()),
('account', '0001_initial', now()),
('account', '0002_email_max_length', now()),
('account', '0003_alter_emailaddress_create_unique_verified_email', now()),
('account', '0004_alter_emailaddress_drop_unique_email', now()),
('account', '0005_emailaddress_idx_upper_email', now()),
('account', '0006_emailaddress_lower', now()),
('account', '0007_emailaddress_idx_email', now()),
('account', '0008_emailaddress_unique_primary_email_fixup', now()),
('account', '0009_emailaddress_unique_primary_email', now()),
('agencies', '0001_initial', now()),
('agencies', '0002_placement_steps', now()),
('agencies', '0003_invoices', now()),
('agencies', '0004_contact_logs', now()),
('agencies', '0005_own_settlement', now()),
('agencies', '0006_destruction', now()),
('agencies', '0007_certificate_and_signing', now()),
('agencies', '0008_agency_recordings', now()),
('agencies', '0009_reasons_sealed', now()),
('agencies', '0010_after_whose_line', now()),
('agencies', '0011_after_cells_out_of_faults', now()),
('alerts', '0001_initial', now()),
('alerts', '0002_evidence_kinds', now()),
('alerts', '0003_evidence_check', now()),
('alerts', '0004_tried_at', now()),
('alerts', '0005_tried_index', now()),
('alerts', '0006_damaged_keys', now()),
('auth', '0001_initial', now()),
('auth', '0002_alter_permission_name_max_length', now()),
('auth', '0003_alter_user_email_max_length', now()),
('auth', '0004_alter_user_username_opts', now()),
('auth', '0005_alter_user_last_login_null', now()),
('auth', '0006_require_contenttypes_0002', now()),
('auth', '0007_alter_validators_add_error_messages', now()),
('auth', '0008_alter_user_username_max_length', now()),
('auth', '0009_alter_user_last_name_max_length', now()),
('auth', '0010_alter_group_name_max_length', now()),
('auth', '0011_update_proxy_permissions', now()),
('auth', '0012_alter_user_first_name_max_length', now()),
('axes', '0001_initial', now()),
('axes', '0002_auto_20151217_2044', now()),
('axes', '0003_auto_20160322_0929', now()),
('axes', '0004_auto_20181024_1538', now()),
('axes', '0005_remove_accessattempt_trusted', now()),
('axes', '0006_remove_accesslog_trusted', now()),
('axes', '0007_alter_accessattempt_unique_together', now()),
('axes', '0008_accessfailurelog', now()),
('axes', '0009_add_session_hash', now()),
('axes', '0010_accessattemptexpiration', now()),
('bundles', '0001_initial', now()),
('casework', '0001_initial', now()),
('casework', '0002_case_loan_id', now()),
('casework', '0003_ledger_figures', now()),
('casework', '0004_watch_files', now()),
('casework', '0005_one_debtor_index', now()),
('casework', '0006_fewer_indexes', now()),
('casework', '0007_placements', now()),
('casework', '0008_promises_in_parts', now()),
('casework', '0009_rulings', now()),
('casework', '0010_desks', now()),
('casework', '0011_showing', now()),
('casework', '0012_moves', now()),
('casework', '0013_holds_of_people', now()),
('casework', '0014_placements_held', now()),
('casework', '0015_promise_reminders', now()),
('casework', '0016_promise_treatment', now()),
('casework', '0017_hold_reasons', now()),
('casework', '0018_open_replies', now()),
('casework', '0019_cadence_steps', now()),
('casework', '0020_move_rule', now()),
('casework', '0021_day_plans', now()),
('casework', '0022_follow_up_why', now()),
('casework', '0023_asked_once', now()),
('casework', '0024_day_plans_follow', now()),
('casework', '0025_absence_hours', now()),
('casework', '0026_team_indexes', now()),
('casework', '0027_day_indexes', now()),
('casework', '0028_hold_lifted', now()),
('casework', '0029_lift_hold', now()),
('casework', '0030_words_sealed', now()),
('casework', '0031_whose_line', now()),
('casework', '0032_pages_of_a_showing', now()),
('casework', '0033_held_together', now()),
('casework', '0034_messages_unsent', now()),
('casework', '0035_hold_words_struck_out', now()),
('casework', '0036_replies_of_a_case', now()),
('casework', '0037_desk_by_index', now()),
('conduct', '0001_initial', now()),
('conduct', '0002_verdict_of_attempt', now()),
('conduct', '0003_stopped_by', now()),
('conduct', '0004_scopes_of_bars', now()),
('conduct', '0005_near_misses', now()),
('conduct', '0006_industry_lists', now()),
('conduct', '0007_complaints', now()),
('conduct', '0008_mandates_kept', now()),
('conduct', '0009_flagged_notes', now()),
('conduct', '0010_index_keys', now()),
('conduct', '0011_list_uploads', now()),
('conduct', '0012_complaints_raised', now()),
('conduct', '0013_disputes', now()),
('contenttypes', '0001_initial', now()),
('contenttypes', '0002_remove_content_type_name', now()),
('dayrun', '0001_initial', now()),
('dayrun', '0002_stripes', now()),
('dayrun', '0003_warning', now()),
('evidence', '0001_initial', now()),
('evidence', '0002_append_only', now()),
('evidence', '0003_witnesses', now()),
('evidence', '0004_timestamps', now()),
('evidence', '0005_make_bundle', now()),
('evidence', '0006_anchors', now()),
('evidence', '0007_append_one', now()),
('evidence', '0008_silent_since', now()),
('exchange', '0001_initial', now()),
('exchange', '0002_after_values_out_of_reasons', now()),
('experiments', '0001_initial', now()),
('experiments', '0002_words_of_templates', now()),
('inbox', '0001_initial', now()),
('inbox', '0002_waking', now()),
('mfa', '0001_initial', now()),
('mfa', '0002_authenticator_timestamps', now()),
('mfa', '0003_authenticator_type_uniq', now()),
('notices', '0001_initial', now()),
('notices', '0002_alter_notice_kind', now()),
('notices', '0003_wecom', now()),
('notices', '0004_more_to_tell_of', now()),
('notices', '0005_due_and_preferences', now()),
('outreach', '0001_initial', now()),
('outreach', '0002_verdict_guard', now()),
('outreach', '0003_own_verdict', now()),
('outreach', '0004_override', now()),
('outreach', '0005_stopped_by', now()),
('outreach', '0006_answered_by', now()),
('outreach', '0007_pacing', now()),
('outreach', '0008_delivery', now()),
('outreach', '0009_receipts', now()),
('outreach', '0010_outcomes', now()),
('outreach', '0011_template_versions', now()),
('outreach', '0012_letters', now()),
('outreach', '0013_field_visits', now()),
('outreach', '0014_reported', now()),
('outreach', '0015_unknown_texts', now()),
('outreach', '0016_received_mails', now()),
('outreach', '0017_references_at_once', now()),
('outreach', '0018_visit_steps', now()),
('outreach', '0019_unsigned_reports', now()),
('outreach', '0020_status_files', now()),
('outreach', '0021_template_arms', now()),
('outreach', '0022_tone_and_offer', now()),
('outreach', '0023_mail_attachments', now()),
('outreach', '0024_office_files', now()),
('outreach', '0025_reasons_sealed', now()),
('outreach', '0026_portal_inbox', now()),
('outreach', '0027_many_again', now()),
('outreach', '0028_written_batches', now()),
('outreach', '0029_visit_by_both', now()),
('outreach', '0030_after_visit_by_both', now()),
('outreach', '0031_letter_broken', now()),
('outreach', '0032_visit_words_struck_out', now()),
('outreach', '0033_visit_called_off_for_a_promise', now()),
('parties', '0001_initial', now()),
('parties', '0002_plausible_zones', now()),
('parties', '0003_erased_people', now()),
('parties', '0004_retired_keys', now()),
('parties', '0005_tokens_version', now()),
('parties', '0006_corrections', now()),
('parties', '0007_unmaskings', now()),
('parties', '0008_unusable_numbers', now()),
('parties', '0009_consent_ledger', now()),
('parties', '0010_index_keys', now()),
('parties', '0011_address_places', now()),
('parties', '0012_words_sealed', now()),
('parties', '0013_portal_accounts', now()),
('parties', '0014_time_zone_index', now()),
('parties', '0015_damaged_keys', now()),
('portfolio', '0001_initial', now()),
('portfolio', '0002_received_events', now()),
('portfolio', '0003_known_on', now()),
('procrastinate', '0001_initial', now()),
('procrastinate', '0002_drop_started_at_column', now()),
('procrastinate', '0003_drop_started_at_column', now()),
('procrastinate', '0004_drop_procrastinate_version_table', now()),
('procrastinate', '0005_fix_procrastinate_fetch_job', now()),
('procrastinate', '0006_fix_trigger_status_events_insert', now()),
('procrastinate', '0007_add_queueing_lock_column', now()),
('procrastinate', '0008_close_fetch_job_race_condition', now()),
('procrastinate', '0009_add_defer_job_function', now()),
('procrastinate', '0010_add_procrastinate_periodic_defers', now()),
('procrastinate', '0011_add_foreign_key_index', now()),
('procrastinate', '0012_add_locks_to_periodic_defer', now()),
('procrastinate', '0013_fix_procrastinate_defer_periodic_job', now()),
('procrastinate', '0014_add_finish_job_and_retry_job_functions', now()),
('procrastinate', '0015_add_trigger_on_job_deletion', now()),
('procrastinate', '0016_delete_finished_jobs', now()),
('procrastinate', '0017_add_checks_to_finish_job', now()),
('procrastinate', '0018_add_checks_to_retry_job', now()),
('procrastinate', '0019_fix_finish_job_compat_issue', now()),
('procrastinate', '0020_add_index_on_procrastinate_jobs', now()),
('procrastinate', '0021_add_kwargs_to_defer_periodic_job', now()),
('procrastinate', '0022_null_locks_excluded', now()),
('procrastinate', '0023_remove_old_finish_job_function', now()),
('procrastinate', '0024_job_id_bigint', now()),
('procrastinate', '0025_add_models', now()),
('procrastinate', '0026_add_job_priority', now()),
('procrastinate', '0027_add_periodic_job_priority', now()),
('procrastinate', '0028_add_cancel_states', now()),
('procrastinate', '0029_add_additional_params_to_retry_job', now()),
('procrastinate', '0030_alter_procrastinateevent_options', now()),
('procrastinate', '0031_add_indexes_for_fetch_job', now()),
('procrastinate', '0032_pre_cancel_notification', now()),
('procrastinate', '0033_post_cancel_notification', now()),
('procrastinate', '0034_pre_add_heartbeat', now()),
('procrastinate', '0035_post_add_heartbeat', now()),
('procrastinate', '0036_add_worker_model', now()),
('procrastinate', '0037_pre_batch_defer_jobs', now()),
('procrastinate', '0038_post_batch_defer_jobs', now()),
('procrastinate', '0039_pre_priority_lock_fetch_job', now()),
('procrastinate', '0040_pre_retry_failed_job', now()),
('procrastinate', '0041_post_retry_failed_job', now()),
('recordings', '0001_initial', now()),
('recordings', '0002_kept_as_taken', now()),
('recordings', '0003_playing', now()),
('recordings', '0004_archived', now()),
('recordings', '0005_leave_for_the_vault', now()),
('recordings', '0006_words_sealed', now()),
('recordings', '0007_absent', now()),
('reports', '0001_initial', now()),
('reports', '0002_narrowed', now()),
('rights', '0001_requests', now()),
('rights', '0002_contested', now()),
('rights', '0003_after_seal_words', now()),
('rights', '0004_after_seal_proposals', now()),
('savedviews', '0001_initial', now()),
('sessions', '0001_initial', now()),
('signin', '0001_cache', now()),
('signin', '0002_sessions', now()),
('signin', '0003_rate', now()),
('signin', '0004_people', now()),
('simulation', '0001_initial', now()),
('socialaccount', '0001_initial', now()),
('socialaccount', '0002_token_max_lengths', now()),
('socialaccount', '0003_extra_data_default_dict', now()),
('socialaccount', '0004_app_provider_id_settings', now()),
('socialaccount', '0005_socialtoken_nullable_app', now()),
('socialaccount', '0006_alter_socialaccount_extra_data', now()),
('strategy', '0001_initial', now()),
('strategy', '0002_lifecycle', now()),
('strategy', '0003_never_changed', now()),
('strategy', '0004_adopted', now()),
('vault', '0001_initial', now()),
('vault', '0002_legal_holds', now()),
('vault', '0003_kept_by_the_database', now()),
('vault', '0004_whose_it_was', now()),
('vault', '0005_notes_struck_out', now()),
('warning', '0001_initial', now());
