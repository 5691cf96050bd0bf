using System.Globalization;
using System.Text.Json;
using Semel.Cli.Output;

namespace Semel.Cli.Demo;

/// <summary>Both runs side by side.</summary>
public static class DemoReport
{
    public static void Write(OutputText output, DemoOutcome with, DemoOutcome without)
    {
        var table = new TextTable("", "enable.idempotence=true", "false");
        void Row(string name, Func<DemoOutcome, long> value) => table.Add(name, Number(value(with)), Number(value(without)));
        Row("lines sent", outcome => outcome.Lines.Sent);
        Row("records stored", outcome => outcome.Lines.Stored);
        Row("lines lost", outcome => outcome.Lines.Lost);
        Row("records doubled", outcome => outcome.Lines.Doubled);
        Row("lines out of order", outcome => outcome.Lines.OutOfOrder);
        Row("records changed", outcome => outcome.Lines.Changed);
        Row("lines acknowledged", outcome => outcome.Acknowledged);
        Row("acknowledgements dropped", outcome => outcome.AcknowledgementsDropped);
        Row("requests repeated or late", outcome => outcome.RequestsRepeated);
        Row("requests with a byte changed", outcome => outcome.RequestsCorrupted);
        Row("connections cut", outcome => outcome.ConnectionsCut);
        Row("broker killed", outcome => outcome.Crashes);
        Row("repeated batches recognised", outcome => outcome.DuplicatesRecognised);
        table.WriteTo(output);
        output.WriteLine();
        foreach (var sentence in Conclusion(with, without)) output.WriteLine(sentence);
    }

    /// <summary>What the numbers say, including when chance did not show what the demonstration is about.</summary>
    public static IEnumerable<string> Conclusion(DemoOutcome with, DemoOutcome without)
    {
        yield return with.Lines.IsExact
            ? $"With idempotence every one of the {Number(with.Lines.Sent)} lines is stored exactly once and in order."
            : "With idempotence something went wrong: this must not happen. Please report it with the seed.";
        yield return without.Lines is { Doubled: 0, OutOfOrder: 0, Lost: 0 }
            ? "Without it nothing was doubled, lost or out of order this time: chance was kind. Another --seed will be less so."
            : $"Without it {Number(without.Lines.Doubled)} records are there twice or more, {Number(without.Lines.OutOfOrder)} are out of order and {Number(without.Lines.Lost)} are lost, under the same faults.";
    }

    public static void WriteJson(OutputText output, long seed, DemoOutcome with, DemoOutcome without) => output.WriteJson(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("seed", seed);
        json.WriteStartArray("runs");
        WriteRun(json, with);
        WriteRun(json, without);
        json.WriteEndArray();
        json.WriteBoolean("exactlyOnce", with.Lines.IsExact);
        json.WriteEndObject();
    });

    static void WriteRun(Utf8JsonWriter json, DemoOutcome outcome)
    {
        json.WriteStartObject();
        json.WriteBoolean("idempotent", outcome.Idempotent);
        json.WriteNumber("sent", outcome.Lines.Sent);
        json.WriteNumber("stored", outcome.Lines.Stored);
        json.WriteNumber("lost", outcome.Lines.Lost);
        json.WriteNumber("doubled", outcome.Lines.Doubled);
        json.WriteNumber("outOfOrder", outcome.Lines.OutOfOrder);
        json.WriteNumber("changed", outcome.Lines.Changed);
        json.WriteNumber("acknowledged", outcome.Acknowledged);
        json.WriteNumber("acknowledgementsDropped", outcome.AcknowledgementsDropped);
        json.WriteNumber("requestsRepeated", outcome.RequestsRepeated);
        json.WriteNumber("requestsCorrupted", outcome.RequestsCorrupted);
        json.WriteNumber("connectionsCut", outcome.ConnectionsCut);
        json.WriteNumber("crashes", outcome.Crashes);
        json.WriteNumber("duplicatesRecognised", outcome.DuplicatesRecognised);
        json.WriteNumber("milliseconds", (long)outcome.Elapsed.TotalMilliseconds);
        json.WriteEndObject();
    }

    static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
