using System.Globalization;
using System.Text.Json;

namespace Semel.Cli.Output;

/// <summary>One value of a report: a text, a number, yes or no, or a list of texts; or nothing at all.</summary>
public readonly struct Cell
{
    readonly string? _text;
    readonly IReadOnlyList<string>? _list;
    readonly bool _isRaw;

    Cell(string? text, bool isRaw, IReadOnlyList<string>? list = null) => (_text, _isRaw, _list) = (text, isRaw, list);

    public static implicit operator Cell(string? text) => new(text, isRaw: false);
    public static implicit operator Cell(long? number) => new(number?.ToString(CultureInfo.InvariantCulture), isRaw: true);
    public static implicit operator Cell(bool flag) => new(flag ? "true" : "false", isRaw: true);
    public static Cell Of(IEnumerable<string> texts) => new(null, isRaw: false, [.. texts]);

    /// <summary>There is no such value in this row; JSON leaves it out. An empty text or list is one.</summary>
    public bool IsAbsent => _text is null && _list is null;

    /// <summary>For a table; empty when there is nothing.</summary>
    public override string ToString() => _list is null ? _text ?? "" : string.Join(',', _list);

    public void WriteTo(Utf8JsonWriter json)
    {
        if (_list is null)
        {
            if (_isRaw) json.WriteRawValue(_text!);
            else json.WriteStringValue(_text);
            return;
        }
        json.WriteStartArray();
        foreach (var text in _list) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
