using System.Runtime.InteropServices;
using Semel.Cli;
using Semel.Cli.Output;

// Ctrl-C and SIGTERM ask the command to end in order. A second Ctrl-C ends the process at once, for a command that does not listen.
using var stop = new CancellationTokenSource();
var terminated = false;
void OnSignal(PosixSignalContext context)
{
    if (stop.IsCancellationRequested) return;
    context.Cancel = true;
    terminated = context.Signal == PosixSignal.SIGTERM;
    stop.Cancel();
}
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);

var exitCode = await CommandLine.RunAsync(args, Terminal.OfThisProcess(), stop.Token);
return (int)(exitCode == ExitCode.Interrupted && terminated ? ExitCode.Terminated : exitCode);
