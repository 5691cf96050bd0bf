namespace Semel.Cli.Output;

/// <summary>Columns aligned for reading: numbers to the right, everything else to the left.</summary>
public sealed class TextTable(params string[] headings)
{
    readonly List<string[]> _rows = [];

    /// <param name="cells">As many as there are headings.</param>
    public void Add(params string[] cells) => _rows.Add(cells);

    public void WriteTo(OutputText output)
    {
        var widths = headings.Select((heading, column) => _rows.Select(row => row[column].Length).Append(heading.Length).Max()).ToArray();
        var numeric = headings.Select((_, column) => _rows.Count > 0 && _rows.All(row => IsNumber(row[column]))).ToArray();
        foreach (var row in _rows.Prepend(headings))
        {
            var cells = row.Select((cell, column) => numeric[column] ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            output.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }

    static bool IsNumber(string cell) => cell is "-" or "" || cell.All(c => char.IsAsciiDigit(c) || c is ',' or '.' or '-');
}
