using System.Text.Json;
using Semel.Cli.Demo;
using Semel.Cli.Output;

namespace Semel.Cli.Tests.Demo;

public sealed class DemoCommandTests
{
    [Fact]
    public async Task With_idempotence_nothing_is_lost_doubled_or_out_of_order_and_the_broker_was_killed_on_the_way()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "lines.txt");
        await File.WriteAllBytesAsync(file, [.. Enumerable.Range(0, 400).SelectMany(i => System.Text.Encoding.UTF8.GetBytes($"line {i}\n")), 10, 0xFF, 0xFE, 10, (byte)'x']);
        var result = await RunResult.OfAsync("demo", file, "--seed", "3", "--json");
        Assert.True(result.ExitCode == ExitCode.Success, result.Error + result.Output);
        var runs = JsonDocument.Parse(result.Output).RootElement.GetProperty("runs").EnumerateArray().ToList();
        Assert.Equal([true, false], runs.Select(run => run.GetProperty("idempotent").GetBoolean()));
        foreach (var run in runs)
        {
            Assert.Equal(403, run.GetProperty("sent").GetInt64());
            Assert.Equal(1, run.GetProperty("crashes").GetInt32());
            Assert.NotEqual(0, run.GetProperty("acknowledgementsDropped").GetInt64());
        }
        Assert.Equal((403, 0, 0, 0), (runs[0].GetProperty("stored").GetInt64(), runs[0].GetProperty("lost").GetInt64(), runs[0].GetProperty("doubled").GetInt64(), runs[0].GetProperty("outOfOrder").GetInt64()));
        Assert.NotEqual(0, runs[0].GetProperty("duplicatesRecognised").GetInt64());
        Assert.Equal(runs[1].GetProperty("stored").GetInt64(), runs[1].GetProperty("sent").GetInt64() - runs[1].GetProperty("lost").GetInt64() + runs[1].GetProperty("doubled").GetInt64());
    }

    static readonly string[] Faults = ["sent", "acknowledgementsDropped", "requestsRepeated", "requestsCorrupted", "connectionsCut", "crashes"];

    [Fact]
    public async Task Both_runs_meet_the_same_faults_and_a_seed_means_the_same_table_every_time()
    {
        var tables = new List<List<Dictionary<string, string>>>();
        for (var time = 0; time < 2; time++)
        {
            var result = await RunResult.OfAsync("demo", "--lines", "600", "--seed", "5", "--json");
            Assert.True(result.ExitCode == ExitCode.Success, result.Error + result.Output);
            tables.Add([.. JsonDocument.Parse(result.Output).RootElement.GetProperty("runs").EnumerateArray().Select(run =>
                run.EnumerateObject().Where(entry => entry.Name != "milliseconds").ToDictionary(entry => entry.Name, entry => entry.Value.ToString()))]);
        }
        Assert.Equal(tables[0], tables[1]);
        Assert.All(Faults, name => Assert.Equal(tables[0][0][name], tables[0][1][name]));
        Assert.All(Faults, name => Assert.NotEqual("0", tables[0][0][name]));
        // What the faults do is not left to chance either.
        Assert.NotEqual("0", tables[0][1]["doubled"]);
        Assert.NotEqual("0", tables[0][1]["outOfOrder"]);
    }

    [Theory]
    [InlineData("there is no file", "nothing.txt")]
    [InlineData("--seed is 'x'", "--seed", "x")]
    [InlineData("--lines is '0'", "--lines", "0")]
    [InlineData("at most 1 FILE", "a", "b")]
    public async Task What_cannot_be_is_refused(string message, params string[] arguments)
    {
        var result = await RunResult.OfAsync(["demo", .. arguments]);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(message, result.Error);
    }

    [Fact]
    public async Task A_file_without_lines_or_with_one_that_is_too_long_is_refused()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "empty"), "");
        Assert.Contains("is empty", (await RunResult.OfAsync("demo", Path.Combine(folder.Path, "empty"))).Error);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "long"), new string('x', 1_000_000));
        var refused = (await RunResult.OfAsync("demo", Path.Combine(folder.Path, "long"))).Error;
        Assert.Contains("line 1 is longer than 900000 bytes", refused);
        Assert.DoesNotContain("-X", refused);
    }

    [Fact]
    public void A_run_that_is_interrupted_while_its_broker_is_down_closes_at_once() =>
        Assert.Contains(new("close.timeout.ms", "0"), DemoPlan.For(1000, 1).ProducerSettings(1, idempotent: true));

    static DemoOutcome Outcome(bool idempotent, LineAccount lines) => new(idempotent, lines, lines.Sent, 5, 4, 3, 2, 1, 1, TimeSpan.FromSeconds(2));

    static readonly LineAccount Exact = new(1000, 1000, 0, 0, 0, 0);

    [Fact]
    public void The_table_has_both_runs_side_by_side()
    {
        using var stream = new MemoryStream();
        using (var output = new OutputText(stream)) DemoReport.Write(output, Outcome(true, Exact), Outcome(false, new LineAccount(1000, 1100, 2, 102, 30, 0)));
        var lines = System.Text.Encoding.UTF8.GetString(stream.ToArray()).Split('\n');
        Assert.Matches("enable.idempotence=true +false$", lines[0]);
        Assert.Contains(lines, line => System.Text.RegularExpressions.Regex.IsMatch(line, "^records doubled +0 +102$"));
        Assert.Contains(lines, line => System.Text.RegularExpressions.Regex.IsMatch(line, "^lines lost +0 +2$"));
        Assert.Contains(lines, line => line.Contains("every one of the 1,000 lines is stored exactly once and in order"));
        Assert.Contains(lines, line => line.Contains("102 records are there twice or more, 30 are out of order and 2 are lost"));
    }

    [Fact]
    public void When_chance_shows_nothing_the_report_says_so_and_when_idempotence_fails_it_does_not_hide_it()
    {
        Assert.Contains(DemoReport.Conclusion(Outcome(true, Exact), Outcome(false, Exact)), sentence => sentence.Contains("chance was kind"));
        Assert.Contains(DemoReport.Conclusion(Outcome(true, Exact with { Doubled = 1 }), Outcome(false, Exact)), sentence => sentence.Contains("must not happen"));
    }
}
