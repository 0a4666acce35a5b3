{%- set first = calendar.date(2024, 2, 28) -%}
select
  '{{ calendar.datetime(2024, 1, 2, hour=3).isoformat() }}' as moment,
  '{{ calendar.days_between(first, calendar.date(2024, 3, 1)) | join(',') }}' as days,
  '{{ calendar.holidays() }}' as holidays,
  {{ calendar.convert_timezone("timestamp '2024-07-01 12:00:00'") }} as local_time,
  '{{ (first.replace(day=1) - modules.datetime.timedelta(days=1)).isoformat() }}' as last_of_january
