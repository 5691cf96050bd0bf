using System.Diagnostics;
using System.Globalization;
using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>
/// `./semel` in a checkout, with a compiler that takes no time: which program runs, and that the making of the native one is never in the way.
/// Linux only, as the launcher for Windows is another.
/// </summary>
public sealed class LauncherTests : IDisposable
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>In the place of `dotnet`. It tells each publishing, and holds a native one for as long as the file `gate` is there.</summary>
    const string Compiler = """
        #!/usr/bin/env bash
        if [ "$1" != publish ]; then shift; echo "managed $*"; [ "${1:-}" != serve ] || cat; exit; fi
        while [ $# -gt 0 ]; do
            case $1 in -o) out=$2 ;; -p:Native=*) native=${1#*=} ;; esac
            shift
        done
        echo "$native $PPID $$" >>"$STAND/published"
        if [ "$native" = false ]; then mkdir -p "$out"; : >"$out/semel.dll"; exit; fi
        [ ! -e "$STAND/broken" ] || { echo "error: no such thing"; exit 1; }
        while [ -e "$STAND/gate" ]; do sleep 0.02; done
        mkdir -p "$out"
        printf '#!/bin/sh\necho "native $*"\n' >"$out/semel"
        chmod +x "$out/semel"
        """;

    readonly string _folder = Directory.CreateTempSubdirectory("semel-launcher-").FullName;
    readonly string _checkout, _temporary;
    string _path;

    public LauncherTests()
    {
        _checkout = Directory.CreateDirectory(Path.Combine(_folder, "checkout")).FullName;
        _temporary = Directory.CreateDirectory(Path.Combine(_folder, "temporary")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Cli", "Publishing")).Append(Path.Combine(Repository.Root, "semel")))
        {
            var copy = Path.Combine(_checkout, Path.GetRelativePath(Repository.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        File.WriteAllText(Path.Combine(_checkout, "src", "Cli", "Program.cs"), "// a source");
        var stubs = Directory.CreateDirectory(Path.Combine(_folder, "stubs")).FullName;
        File.WriteAllText(Path.Combine(stubs, "dotnet"), Compiler);
        Ran.Program("chmod", ["+x", Path.Combine(stubs, "dotnet")], Limit);
        _path = $"{stubs}:{Environment.GetEnvironmentVariable("PATH")}";
    }

    public void Dispose()
    {
        File.Delete(Gate);
        // A compiling that was let go on has to end before its folder goes.
        Eventually(() => Published.All(run => !IsAlive(run.Maker) && !IsAlive(run.Compiler)), "the compiling ends");
        Directory.Delete(_folder, recursive: true);
    }

    string Gate => Path.Combine(_folder, "gate");

    string Build => Path.Combine(_checkout, "artifacts", "semel", File.ReadAllText(Path.Combine(_checkout, "artifacts", "semel", "current")).Trim());

    string NativeProgram => Path.Combine(Build, "native", "semel");

    IReadOnlyList<(bool IsNative, int Maker, int Compiler)> Published => !File.Exists(Path.Combine(_folder, "published")) ? []
        : [.. File.ReadLines(Path.Combine(_folder, "published")).Select(line => line.Split(' ')).Select(words => (words[0] == "true", Number(words[1]), Number(words[2])))];

    static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    static bool IsAlive(int process) => Directory.Exists($"/proc/{process}");

    static void Eventually(Func<bool> condition, string what) => Assert.True(SpinWait.SpinUntil(condition, Limit), $"not within {Limit}: {what}");

    Dictionary<string, string?> Surrounded(string? build) => new() { ["PATH"] = _path, ["STAND"] = _folder, ["TMPDIR"] = _temporary, ["SEMEL_BUILD"] = build };

    Ran Semel(string argument, string? build = null) => Ran.Program(Path.Combine(_checkout, "semel"), [argument], Limit, _folder, environment: Surrounded(build));

    string Output(string argument, string? build = null)
    {
        var ran = Semel(argument, build);
        Assert.True(ran.ExitCode == 0, ran.Output + ran.Error);
        return ran.Output.Trim();
    }

    void HoldTheCompiler() => File.WriteAllText(Gate, "");

    [Fact]
    public void The_first_command_is_managed_and_does_not_wait_the_later_ones_are_native()
    {
        HoldTheCompiler();
        // That both end, and all they print is read to its end, says that nothing holds them.
        Assert.Equal("managed one", Output("one"));
        Eventually(() => Published.Count == 2, "the native program is being made");
        Assert.Equal("managed two", Output("two"));
        Assert.Single(Published, run => run.IsNative);
        File.Delete(Gate);
        Eventually(() => File.Exists(NativeProgram), "the native program is there");
        Assert.Equal("native three", Output("three"));
        Assert.Equal([false, true], Published.Select(run => run.IsNative));
        Eventually(() => !Directory.EnumerateFileSystemEntries(_temporary).Any(), "the temporary folder is as it was");
    }

    [Fact]
    public void The_program_has_no_child_that_it_would_have_to_wait_for()
    {
        HoldTheCompiler();
        var start = new ProcessStartInfo(Path.Combine(_checkout, "semel"), ["serve"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (name, value) in Surrounded(null)) start.Environment[name] = value;
        using var serving = Process.Start(start)!;
        Assert.Equal("managed serve", serving.StandardOutput.ReadLine());
        Eventually(() => Published.Count == 2, "the native program is being made");
        Assert.DoesNotContain(Published[1].Maker, Children(serving.Id));
        // Another session: what interrupts the terminal's programs does not reach it.
        Assert.NotEqual(Session(serving.Id), Session(Published[1].Maker));
        serving.StandardInput.Close();
        Assert.True(serving.WaitForExit(Limit));
        Assert.True(IsAlive(Published[1].Maker));
    }

    static IEnumerable<int> Children(int process) => File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number);

    static int Session(int process) => Number(File.ReadAllText($"/proc/{process}/stat").Split(") ")[1].Split(' ')[3]);

    [Theory]
    [InlineData(15)]
    [InlineData(9)]
    public void A_making_that_is_ended_leaves_nothing_in_the_way_and_the_next_command_begins_it_anew(int signal)
    {
        HoldTheCompiler();
        Output("one");
        Eventually(() => Published.Count == 2, "the native program is being made");
        var (_, maker, compiler) = Published[1];
        Ran.Program("kill", [$"-{signal}", $"{maker}"], Limit);
        Eventually(() => !IsAlive(maker), "it is ended");
        // An orderly end takes the compiler along, the other one leaves it behind: neither keeps the next one from beginning.
        if (signal == 15) Eventually(() => !IsAlive(compiler), "the compiler is ended");
        Assert.False(Directory.Exists(Path.Combine(Build, "native")));
        Assert.Equal("managed two", Output("two"));
        Eventually(() => Published.Count == 3, "it is begun anew");
        File.Delete(Gate);
        Eventually(() => File.Exists(NativeProgram), "the native program is there");
        Assert.Equal("native three", Output("three"));
    }

    [Fact]
    public void Where_nothing_can_be_linked_it_is_said_once_and_the_managed_program_runs()
    {
        _path = WithoutALinker();
        Assert.Equal("managed one", Output("one"));
        Eventually(() => File.Exists(Path.Combine(Build, "native.refused")), "the reason is there");
        var second = Semel("two");
        Assert.Equal("managed two", second.Output.Trim());
        Assert.Contains("runs on .NET's runtime, not natively: there is no clang or gcc", second.Error);
        Assert.DoesNotContain("natively", Semel("three").Error);
        // Nor for the next build.
        ChangeASource();
        Semel("four");
        Eventually(() => File.Exists(Path.Combine(Build, "native.told")), "the reason is known");
        Assert.DoesNotContain("natively", Semel("five").Error);
        Assert.DoesNotContain(Published, run => run.IsNative);

        var asked = Semel("six", "native");
        Assert.Equal(70, asked.ExitCode);
        Assert.Contains("there is no clang or gcc", asked.Error);
    }

    /// <summary>Every program of the PATH but the compilers for C.</summary>
    string WithoutALinker()
    {
        var programs = Directory.CreateDirectory(Path.Combine(_folder, "programs")).FullName;
        foreach (var name in (string[])["basename", "bash", "cat", "cksum", "cp", "dirname", "env", "find", "flock", "grep", "ionice", "mkdir", "mktemp", "mv", "readlink", "renice", "rm", "sed", "setsid", "sh", "sleep", "sort", "tar", "touch", "uname"])
            if (_path.Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } program) File.CreateSymbolicLink(Path.Combine(programs, name), program);
        return $"{Path.Combine(_folder, "stubs")}:{programs}";
    }

    void ChangeASource() => File.AppendAllText(Path.Combine(_checkout, "src", "Cli", "Program.cs"), "// changed");

    [Fact]
    public void A_compiling_that_fails_is_said_once_with_where_to_look()
    {
        File.WriteAllText(Path.Combine(_folder, "broken"), "");
        Output("one");
        Eventually(() => File.Exists(Path.Combine(Build, "native.refused")), "the reason is there");
        Assert.Contains($"the native compiling failed, see {Path.Combine(Build, "native.log")}", Semel("two").Error);
        Assert.Contains("no such thing", File.ReadAllText(Path.Combine(Build, "native.log")));
        Assert.DoesNotContain("natively", Semel("three").Error);
        Assert.Single(Published, run => run.IsNative);
    }

    [Fact]
    public void The_native_program_is_made_first_or_never_where_that_is_asked_for()
    {
        Assert.Equal("managed one", Output("one", "managed"));
        Assert.DoesNotContain(Published, run => run.IsNative);
        Assert.Equal("native two", Output("two", "native"));
        Assert.Equal("managed three", Output("three", "managed"));
        var wrong = Semel("four", "nativ");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("SEMEL_BUILD is 'nativ'", wrong.Error);
    }

    [Fact]
    public void It_finds_its_checkout_by_a_link_and_from_any_folder()
    {
        Output("one", "native");
        var links = Directory.CreateDirectory(Path.Combine(_folder, "links")).FullName;
        File.CreateSymbolicLink(Path.Combine(links, "semel"), Path.Combine("..", "checkout", "semel"));
        File.CreateSymbolicLink(Path.Combine(links, "again"), Path.Combine(links, "semel"));
        _path = $"{links}:{_path}";
        foreach (var (folder, command) in new[] { (_checkout, "./semel two"), (_checkout, "sh semel two"), (_folder, "checkout/semel two"), (links, "./again two"), (links, "sh again two"), ("/", "semel two"), ("/", "again two") })
        {
            var ran = Ran.Program("sh", ["-c", command], Limit, folder, environment: Surrounded(null));
            Assert.True(ran.Output == "native two\n", $"{command} in {folder}: {ran.Output}{ran.Error}");
        }
        Assert.Equal(2, Published.Count);
    }

    [Fact]
    public void It_is_built_again_when_a_source_is_newer_comes_or_goes_and_not_for_what_a_build_leaves_behind()
    {
        Output("one", "native");
        Directory.CreateDirectory(Path.Combine(_checkout, "src", "Cli", "obj"));
        File.WriteAllText(Path.Combine(_checkout, "src", "Cli", "obj", "x.cs"), "");
        Assert.Equal("native two", Output("two", "native"));
        Assert.Equal(2, Published.Count);
        ChangeASource();
        Output("three", "native");
        Assert.Equal(4, Published.Count);
        File.WriteAllText(Path.Combine(_checkout, "src", "Cli", "Other.cs"), "");
        Output("four", "native");
        Assert.Equal(6, Published.Count);
        File.Delete(Path.Combine(_checkout, "src", "Cli", "Other.cs"));
        Output("five", "native");
        Assert.Equal(8, Published.Count);
    }
}
