using System.Text.Json;

namespace Semel.Cli.Output;

/// <summary>One column of a report.</summary>
/// <param name="Heading">Over the column of a table; null when only JSON has it.</param>
/// <param name="Name">The property of JSON; null when only the table has it.</param>
public sealed record Column<TRow>(string? Heading, string? Name, Func<TRow, Cell> Value)
{
    /// <summary>What a table shows in place of nothing.</summary>
    public string Absent { get; init; } = "-";
}

/// <summary>What a command answers, row by row: as a table for people or as JSON for programs, from one declaration of each column. Immutable.</summary>
public sealed class Report<TRow>(params IReadOnlyList<Column<TRow>> columns)
{
    /// <summary>A table, or a list of objects.</summary>
    public void Write(OutputText output, bool asJson, IEnumerable<TRow> rows)
    {
        if (asJson) output.WriteJson(json => WriteList(json, rows));
        else WriteTable(output, rows);
    }

    /// <summary>The table of a single row, or its object.</summary>
    public void WriteOne(OutputText output, bool asJson, TRow row)
    {
        if (asJson) output.WriteJson(json => WriteObject(json, row));
        else WriteTable(output, [row]);
    }

    /// <summary>As a part of a larger value.</summary>
    public void WriteList(Utf8JsonWriter json, IEnumerable<TRow> rows)
    {
        json.WriteStartArray();
        foreach (var row in rows) WriteObject(json, row);
        json.WriteEndArray();
    }

    void WriteObject(Utf8JsonWriter json, TRow row)
    {
        json.WriteStartObject();
        WriteProperties(json, row);
        json.WriteEndObject();
    }

    /// <summary>Into an object that others write to as well.</summary>
    public void WriteProperties(Utf8JsonWriter json, TRow row)
    {
        foreach (var column in columns)
        {
            if (column.Name is not { } name || column.Value(row) is not { IsAbsent: false } cell) continue;
            json.WritePropertyName(name);
            cell.WriteTo(json);
        }
    }

    public void WriteTable(OutputText output, IEnumerable<TRow> rows)
    {
        var shown = columns.Where(column => column.Heading is not null).ToList();
        var table = new TextTable([.. shown.Select(column => column.Heading!)]);
        foreach (var row in rows) table.Add([.. shown.Select(column => column.Value(row).ToString() is { Length: > 0 } text ? text : column.Absent)]);
        table.WriteTo(output);
    }
}
