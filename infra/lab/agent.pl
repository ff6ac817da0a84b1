# Runs commands in a lab node for the test outside: one TCP connection is one command.
# Perl, because perl-base is on every Debian and the agent costs 8 MB and 7 ms per command instead
# of Node's 60 MB and 16 ms. usage: agent.pl <address> <port> <file to create once listening>
#
# Both ways frames of: kind (1 byte), length (4 bytes, big endian), payload.
#   to us:    A argument   E NAME=value   W working directory   X start
#             I stdin bytes   C stdin ends   K signal name
#   from us:  P process id   1 stdout bytes   2 stderr bytes   R exit code (128 + signal)
# The answer ends with the command itself, even when it leaves background processes that hold its
# pipes. When the caller goes away first, the command and its group are killed.
use strict;
use warnings;
use Socket;
use POSIX qw(:sys_wait_h setsid);
use Fcntl;
use Errno qw(EAGAIN EINTR);

my ($address, $port, $ready) = @ARGV;
my $inbox = '';    # bytes of the caller that are not yet a whole frame
socket(my $listener, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
setsockopt($listener, SOL_SOCKET, SO_REUSEADDR, 1);
bind($listener, sockaddr_in($port, inet_aton($address))) or die "bind: $!";
listen($listener, 128) or die "listen: $!";
open(my $mark, '>', $ready) or die "ready: $!";
close $mark;

$SIG{CHLD} = 'IGNORE';
while (1) {
  accept(my $client, $listener) or next;
  my $pid = fork;
  if (defined $pid && !$pid) {
    close $listener;
    serve($client);
    POSIX::_exit(0);
  }
}

sub frame {    # the next whole frame of the inbox, or nothing
  return if length $inbox < 5;
  my ($kind, $length) = unpack 'a N', $inbox;
  return if length $inbox < 5 + $length;
  my $payload = substr $inbox, 5, $length;
  substr($inbox, 0, 5 + $length) = '';
  return ($kind, $payload);
}

sub tell_client {
  my ($client, $kind, $payload) = @_;
  my $bytes = pack('a N', $kind, length $payload) . $payload;
  while (length $bytes) {
    my $written = syswrite $client, $bytes;
    if (!defined $written) { next if $! == EINTR; POSIX::_exit(0) }
    substr($bytes, 0, $written) = '';
  }
}

sub nonblocking { my $fh = shift; fcntl $fh, F_SETFL, O_NONBLOCK | fcntl $fh, F_GETFL, 0 }

sub start {    # the command in a session of its own, so that its whole group can be killed
  my ($request) = @_;
  pipe(my $in_read, my $in) && pipe(my $out, my $out_write) && pipe(my $err, my $err_write)
    or die "pipe: $!";
  my $pid = fork // die "fork: $!";
  if (!$pid) {
    setsid();
    $SIG{$_} = 'DEFAULT' for qw(CHLD PIPE);
    open STDIN, '<&', $in_read;
    open STDOUT, '>&', $out_write;
    open STDERR, '>&', $err_write;
    close $_ for $in_read, $in, $out, $out_write, $err, $err_write;
    %ENV = (%ENV, %{ $request->{env} });
    if (defined $request->{directory} && !chdir $request->{directory}) {
      print STDERR "cannot enter $request->{directory}: $!\n";
      POSIX::_exit(126);
    }
    my @argv = @{ $request->{argv} };
    { no warnings; exec { $argv[0] } @argv }
    print STDERR "cannot run $argv[0]: $!\n";
    POSIX::_exit(127);
  }
  close $_ for $in_read, $out_write, $err_write;
  nonblocking($_) for $in, $out, $err;
  return ($pid, $in, $out, $err);
}

sub serve {
  my ($client) = @_;
  my %request = (argv => [], env => {});
  setsockopt($client, Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1);
  REQUEST: while (1) {
    while (my ($kind, $payload) = frame()) {
      last REQUEST if $kind eq 'X';
      push @{ $request{argv} }, $payload if $kind eq 'A';
      $request{env}{$1} = $2 if $kind eq 'E' && $payload =~ /^([^=]+)=(.*)$/s;
      $request{directory} = $payload if $kind eq 'W';
    }
    sysread($client, $inbox, 65536, length $inbox) or return;
  }
  # A child's end must wake the select below: the handler writes into this pipe.
  pipe(my $ended, my $wake) or die "pipe: $!";
  nonblocking($_) for $ended, $wake;
  $SIG{CHLD} = sub { syswrite $wake, 'x' };
  $SIG{PIPE} = 'IGNORE';
  my ($pid, $in, $out, $err) = start(\%request);
  tell_client($client, 'P', $pid);
  converse($client, $pid, $in, { 1 => $out, 2 => $err }, $ended);
}

sub converse {
  my ($client, $pid, $in, $outputs, $ended) = @_;
  my ($pending, $closing) = ('', 0);
  while (1) {
    while (my ($kind, $payload) = frame()) {
      $pending .= $payload if $kind eq 'I';
      $closing = 1 if $kind eq 'C';
      kill $payload, -$pid if $kind eq 'K';
    }
    if ($in && length $pending) {
      my $written = syswrite $in, $pending;
      if (defined $written) { substr($pending, 0, $written) = '' }
      elsif ($! != EAGAIN && $! != EINTR) { close $in; undef $in }
    }
    if ($in && $closing && !length $pending) { close $in; undef $in }

    my ($readable, $writable) = ('', '');
    vec($readable, fileno $_, 1) = 1 for $client, $ended, values %$outputs;
    vec($writable, fileno $in, 1) = 1 if $in && length $pending;
    next if select($readable, $writable, undef, undef) < 0;

    if (vec $readable, fileno $client, 1) {
      my $got = sysread $client, $inbox, 65536, length $inbox;
      if (defined $got ? $got == 0 : $! != EINTR) { kill 'KILL', -$pid; return }
    }
    if (vec $readable, fileno $ended, 1) {
      sysread $ended, my $ignored, 64;
      if (waitpid($pid, WNOHANG) == $pid) {
        my $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;
        # A pipe holds 64 KiB: two rounds empty it, however much a background process still writes.
        forward($client, $outputs) for 1, 2;
        tell_client($client, 'R', $code);
        return;
      }
    }
    forward($client, $outputs);
  }
}

sub forward {    # what the command has written up to now; true while there was something
  my ($client, $outputs) = @_;
  my $moved = 0;
  for my $kind (keys %$outputs) {
    my $got = sysread $outputs->{$kind}, my $bytes, 65536;
    if ($got) { tell_client($client, $kind, $bytes); $moved = 1 }
    elsif (defined $got) { delete $outputs->{$kind} }
  }
  return $moved;
}
