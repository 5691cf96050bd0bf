using System.Runtime.InteropServices;
using Semel.Cli;
using Semel.Cli.Output;

// Ctrl-C and SIGTERM ask the command to end in order. Another one ends the process at once, for a command that does not listen; but not one that comes
// together with the first, because some programs signal a process and its group.
const int TogetherMs = 1000;
using var stop = new CancellationTokenSource();
var terminated = false;
var firstAt = 0L;
void OnSignal(PosixSignalContext context)
{
    var isFirst = !stop.IsCancellationRequested;
    if (isFirst) firstAt = Environment.TickCount64;
    if (Environment.TickCount64 - firstAt > TogetherMs) return;
    context.Cancel = true;
    if (!isFirst) return;
    terminated = context.Signal == PosixSignal.SIGTERM;
    stop.Cancel();
}
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);

var exitCode = await CommandLine.RunAsync(args, Terminal.OfThisProcess(), stop.Token);
return (int)(exitCode == ExitCode.Interrupted && terminated ? ExitCode.Terminated : exitCode);
