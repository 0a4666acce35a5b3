{%- macro convert_timezone(column, target_tz=None, source_tz=None) -%}
{%- set source_tz = "UTC" if not source_tz else source_tz -%}
{%- set target_tz = var("calendar:time_zone") if not target_tz else target_tz -%}
{{ adapter.dispatch('convert_timezone', 'calendar') (column, target_tz, source_tz) }}
{%- endmacro -%}
{% macro default__convert_timezone(column, target_tz, source_tz) -%}
convert_timezone('{{ source_tz }}', '{{ target_tz }}', cast({{ column }} as {{ dbt.type_timestamp() }}))
{%- endmacro -%}
{%- macro trino__convert_timezone(column, target_tz, source_tz) -%}
    cast((at_timezone(with_timezone(cast({{ column }} as timestamp), '{{ source_tz }}'), '{{ target_tz }}')) as timestamp)
{%- endmacro -%}

{%- macro date_part(datepart, date) -%}{{ adapter.dispatch('date_part', 'calendar') (datepart, date) }}{%- endmacro %}
{% macro default__date_part(datepart, date) -%}date_part('{{ datepart }}', {{  date }}){%- endmacro %}
{% macro trino__date_part(datepart, date) -%}
    {%- if datepart in ['dayofweek', 'day_of_week'] -%}extract(day_of_week from {{ date }})
    {%- elif datepart == 'dayofyear' -%}extract(day_of_year from {{ date }})
    {%- else -%}extract({{ datepart }} from {{ date }}){%- endif -%}
{%- endmacro %}

{%- macro day_name(date, short=True) -%}{{ adapter.dispatch('day_name', 'calendar') (date, short) }}{%- endmacro %}
{%- macro trino__day_name(date, short) -%}
{%- set f = '%a' if short else '%W' -%}
date_format({{ date }}, '{{ f }}')
{%- endmacro %}

{% macro datetime(year, month, day, hour=0, minute=0, second=0, microsecond=0, tz=None) %}
{% set tz = tz if tz else var("calendar:time_zone") %}
{% set dt = modules.datetime.datetime(year=year, month=month, day=day, hour=hour, minute=minute, second=second, microsecond=microsecond) %}
{% do return(modules.pytz.timezone(tz).localize(dt)) %}
{% endmacro %}

{% macro date(year, month, day) %}{% do return(modules.datetime.date(year, month, day)) %}{% endmacro %}

{% macro days_between(first, last) %}
{%- set days = [] -%}
{%- set n = (last - first).days -%}
{%- for i in range(0, n + 1) -%}{%- do days.append((first + modules.datetime.timedelta(days=i)).strftime('%Y%m%d')) -%}{%- endfor -%}
{{ return(days) }}
{% endmacro %}

{% macro holidays() %}
{%- set fixed = {(12, 25): 'Christmas', (1, 1): 'New Year'} -%}
{%- set ns = namespace(text='') -%}
{%- for (month, day), name in fixed.items() | sort -%}
{%- set ns.text = ns.text ~ ('%02d-%02d %s;' | format(month, day, name)) -%}
{%- endfor -%}
{{ return(ns.text) }}
{% endmacro %}

{% macro get_date_dimension(start_date, end_date) %}{{ adapter.dispatch('get_date_dimension', 'calendar') (start_date, end_date) }}{% endmacro %}
{% macro default__get_date_dimension(start_date, end_date) %}
with base_dates as (
    {{ calendar.date_spine('day', "cast('" ~ start_date ~ "' as date)", "cast('" ~ end_date ~ "' as date)") }}
),
dates_with_prior_year_dates as (
    select
        cast(d.date_day as date) as date_day,
        cast({{ dbt.dateadd('year', -1 , 'd.date_day') }} as date) as prior_year_date_day
    from base_dates d
)
select
    d.date_day,
    d.prior_year_date_day,
    {{ dbt.dateadd('day', 1, 'd.date_day') }} as next_date_day,
    {{ calendar.date_part('dayofweek', 'd.date_day') }} as day_of_week,
    {{ calendar.day_name('d.date_day', short=false) }} as day_name,
    {{ calendar.day_name('d.date_day') }} as day_name_short,
    {{ calendar.date_part('dayofyear', 'd.date_day') }} as day_of_year,
    cast({{ dbt.date_trunc('month', 'd.date_day') }} as date) as month_start_date,
    cast({{ dbt.last_day('d.date_day', 'month') }} as date) as month_end_date,
    cast({{ dbt.last_day('d.date_day', 'quarter') }} as date) as quarter_end_date
from dates_with_prior_year_dates d
order by 1
{% endmacro %}
