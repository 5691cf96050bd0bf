using System.Diagnostics;
using Semel.Broker.Hosting;
using Semel.Machines.Groups;
using Semel.Peers;
using Semel.Testing;

namespace Semel.Guide.Tests;

/// <summary>What the guide shows is compiled with this project, run, and prints what the guide shows.</summary>
public sealed class GuideTests
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static TheoryData<string> Programs() => [.. GuideTable.All.Where(program => program.Run is not null).Select(program => program.Name)];

    public static TheoryData<string> Scripts() => [.. GuideTable.All.Where(program => program.Script is not null).Select(program => program.Name)];

    /// <summary>The programs print to the console of the process, so one runs after the other.</summary>
    [Theory, MemberData(nameof(Programs))]
    public async Task A_program_prints_what_its_page_shows(string name)
    {
        var program = GuideTable.All.Single(one => one.Name == name && one.Run is not null);
        var (console, printed) = (Console.Out, new StringWriter());
        Console.SetOut(TextWriter.Synchronized(printed));
        try
        {
            await program.Run!().WaitAsync(Limit);
        }
        finally
        {
            Console.SetOut(console);
        }
        var difference = ShownOutput.Difference(program.Expected, printed.ToString());
        Assert.True(difference is null, difference);
    }

    /// <summary>A broker serves while it runs, as the page asks for, and `semel` is the program that was built.</summary>
    [Theory, MemberData(nameof(Scripts))]
    public async Task A_script_prints_what_its_page_shows(string name)
    {
        if (OperatingSystem.IsWindows()) return;
        var program = GuideTable.All.Single(one => one.Name == name && one.Script is not null);
        await using var broker = await InProcessBroker.StartAsync(new BrokerOptions { AutoCreateTopics = false,
            Groups = GroupOptions.Default with { InitialRebalanceDelay = TimeSpan.Zero } });
        var folder = Directory.CreateTempSubdirectory("semel-guide-").FullName;
        try
        {
            var (file, arguments) = TestedProgram.Command();
            var command = Path.Combine(folder, "semel");
            await File.WriteAllTextAsync(command, $"#!/bin/sh\nexec '{file}' {string.Join(' ', arguments.Select(argument => $"'{argument}'"))} \"$@\"\n");
            File.SetUnixFileMode(command, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            Dictionary<string, string?> environment = new() { ["PATH"] = $"{folder}:{Environment.GetEnvironmentVariable("PATH")}",
                ["SEMEL_BOOTSTRAP_SERVERS"] = broker.BootstrapServers, ["TMPDIR"] = folder };
            var ran = await Task.Run(() => Ran.Program("bash", ["-euo", "pipefail", "-c", program.Script!], Limit, folder, environment: environment));
            Assert.True(ran.ExitCode == 0, $"{ran.Output}\n{ran.Error}");
            var difference = ShownOutput.Difference(program.Expected, ran.Output);
            Assert.True(difference is null, difference);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
