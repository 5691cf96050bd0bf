using System.Globalization;
using Semel.Cli.Output;

namespace Semel.Cli.Demo;

/// <summary>Tells on standard error how far the demonstration is: one line that changes where somebody watches, a line for each step otherwise. Thread safe.</summary>
public sealed class DemoProgress(Terminal terminal)
{
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    readonly Lock _gate = new();
    long _last;
    bool _lineIsOpen;

    public void Step(string text)
    {
        lock (_gate)
        {
            CloseLine();
            terminal.Error.WriteLine(text);
        }
    }

    public void Sent(long acknowledged, long sent)
    {
        if (!terminal.ErrorIsInteractive) return;
        lock (_gate)
        {
            if (_lineIsOpen && terminal.Time.GetElapsedTime(_last) < Interval) return;
            _last = terminal.Time.GetTimestamp();
            _lineIsOpen = true;
            terminal.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r  {acknowledged:N0} of {sent:N0} lines acknowledged   "));
        }
    }

    void CloseLine()
    {
        if (_lineIsOpen) terminal.Error.Write("\r" + new string(' ', 60) + "\r");
        _lineIsOpen = false;
    }
}
